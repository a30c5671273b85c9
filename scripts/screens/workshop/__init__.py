"""A sample project to photograph: a bicycle workshop in Django's admin."""
