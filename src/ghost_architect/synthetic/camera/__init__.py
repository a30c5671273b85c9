"""Photographs: Chromium, what a person reads on its pictures, and what recognition makes of that."""
