"""Expressions: names, literals, calls, conditions and windows, each with its type."""
