"""MariaDB and MySQL: engine > session, client > catalogue, server (our own)."""
