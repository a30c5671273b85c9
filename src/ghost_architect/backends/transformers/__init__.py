"""The backend that runs a Gemma 3 itself: `multimodal_model` loads it, this asks it.

decoding.py  the grammar's mask and the deadline, token by token
backend.py   pages + prompt -> tokens -> Answer
"""

from .backend import TransformersBackend

__all__ = ["TransformersBackend"]
