"""Lambda layers: what is in them, how they are built, where they are, and how large a function may be."""
