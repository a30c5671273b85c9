"""Rows of an application: values that respect its keys, written as a locale writes them."""
