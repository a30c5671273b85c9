"""One application drawn from a domain: its things, its words, its database."""
