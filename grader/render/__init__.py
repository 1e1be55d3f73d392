"""Renderings: ``Report -> text``. Nothing here decides what may be seen."""
