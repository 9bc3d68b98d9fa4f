"""Queries: what they read, how they group and sort it, and what they give."""
