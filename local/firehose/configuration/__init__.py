"""A stream's configuration: read, described as AWS does, and refused where AWS refuses it."""
