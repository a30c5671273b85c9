"""A sample project to photograph: a museum with Wagtail."""
