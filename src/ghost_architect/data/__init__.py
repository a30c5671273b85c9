"""Data sets: reading their files, and finding what is wrong with their rows.

FILE -> source (rows, one after another) -> workers: instructions | pairs (each row by itself)
                                         -> gather (rows against each other) -> Report
"""
