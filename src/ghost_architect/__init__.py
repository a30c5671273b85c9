"""Ghost Architect: a picture of a screen goes in, a database that really runs comes out."""

__version__ = "0.1.0"
