"""The tests. A package by name, because some distributions install a `tests` of their own."""
