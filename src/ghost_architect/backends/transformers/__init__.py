"""A Gemma 3 that lies in a folder of this machine, read with torch and Hugging Face's transformers.

    folder.py    what lies in the folder, and whether it may be used    no torch
    machine.py   device, number format, memory, silence                 torch
    loading.py   folder -> model, adapter merged in, and its processor
    decoding.py  the grammar's mask and the deadline, token by token
    backend.py   pages + prompt -> tokens -> Answer

Nothing is downloaded, no code from the folder runs, and no pickle is opened. The folder's name hides
nothing: `import transformers` in these files is the package of that name.
"""

from .backend import TransformersBackend

__all__ = ["TransformersBackend"]
