"""Firehose's API: one file per family of operations, the shapes of requests, and the registry of streams."""
