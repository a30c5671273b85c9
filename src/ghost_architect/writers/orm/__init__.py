"""The parts of the writers of SQLAlchemy and Django."""
