"""Kinds of software: what each keeps, as data files, and how they are read."""
