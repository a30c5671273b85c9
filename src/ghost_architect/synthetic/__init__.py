"""Schemas as screens: domains, applications, rows, looks, screens, photographs, and what they show."""
