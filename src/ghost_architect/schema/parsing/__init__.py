"""The parts of `parse`: tokens and spans, statements, items and keys of a table, expressions, clauses, drafts."""
