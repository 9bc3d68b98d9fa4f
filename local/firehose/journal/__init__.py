"""The write-ahead journal of a stream: acknowledged means on disk, delivered means forgotten."""
