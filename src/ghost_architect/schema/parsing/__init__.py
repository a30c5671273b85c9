"""The parts of `parse`: tokens and spans, items of a table, expressions, clauses, drafts of tables."""
