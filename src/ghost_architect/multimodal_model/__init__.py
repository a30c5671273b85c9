"""A Gemma 3 in a folder of this machine, with torch and Hugging Face's transformers.

    folder.py    what lies in the folder, and whether it may be used    no torch
    cache.py     the folder of what was downloaded, by its name         no torch
    weights.py   the headers of its weights                             no torch
    machine.py   device, number format, memory, silence                 torch
    model.py     folder -> model, quantised or not
    loading.py   folder -> model, adapter merged in or beside it, and its processor: to be asked
    learning.py  folder -> model in NF4, and its processor: to be trained

Nothing is downloaded, no code from the folder runs, and no pickle is opened. The folder's name hides
nothing: `import transformers` in these files is the package of that name.
"""
