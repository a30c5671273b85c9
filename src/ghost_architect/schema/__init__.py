"""The heart: what a schema is, read from SQL and written to it, judged by rules and run on real engines."""
