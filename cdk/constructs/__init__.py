"""The constructs: the resources, one kind of thing a file."""
