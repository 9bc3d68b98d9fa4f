"""Firehose's API over streams: each family of operations a file, the shapes of requests, the streams by name."""
