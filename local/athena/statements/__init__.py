"""Statements: what kind one is, and those that show or change the catalogue."""
