"""Instruction examples for the first phase of training: a question about a database, and an answer that was run.

    domains -> case (a few entities and their schema) -> one of six kinds -> Example(instruction, input, output)

    requirements   a business describes itself             -> its schema
    repair         a schema with faults                    -> what was wrong, and the schema
    normalise      one flat table                          -> why it is split, and the schema
    migrate        a schema and a wish                     -> the migration
    naming         a schema with bad names                 -> the new names with their rule, and the schema
    explain        a schema and a question                 -> the answer in words

Everything is drawn from a seed: the same seed gives the same text.
"""
