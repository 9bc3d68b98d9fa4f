"""Lambda layers: what is in them, how they are built, where they lie, and how large a function may be."""
