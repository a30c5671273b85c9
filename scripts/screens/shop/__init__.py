"""A sample project to photograph: a garden shop with django-oscar."""
