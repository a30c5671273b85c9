"""Design systems, ours and others': what gives the parts of a screen their looks."""
