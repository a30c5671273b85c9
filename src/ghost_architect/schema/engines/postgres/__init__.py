"""PostgreSQL: engine > session, client > catalogue, server (our own)."""
