"""The parts of `allow` and `execute`: what text an engine would see, and rows that prove checks and defaults."""
