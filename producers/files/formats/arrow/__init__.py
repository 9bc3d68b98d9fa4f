"""Columns of many rows at once, by Arrow."""
