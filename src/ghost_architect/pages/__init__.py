"""Pictures of screens: decoded, read as text lines and shapes, and worded as a prompt."""
