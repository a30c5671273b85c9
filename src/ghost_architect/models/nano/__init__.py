"""Small models of our own, with Gemma 3's architecture and chat form; no torch here.

tokenizer.py    texts -> a tokenizer with Gemma's special tokens, and the files that say how it is used
"""
