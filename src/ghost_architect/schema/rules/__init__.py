"""The rules that `verify` runs, by what they look at.

structure   names and parts that have to be there        keys     foreign keys, indexes, junctions
values      defaults and checks                          style    how things are named
meaning     what a column is for, told by its name       normal   one fact in one place
"""
