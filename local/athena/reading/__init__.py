"""Reads the files of a table: of each format only what the query wants of it, and of each file only what may match."""
