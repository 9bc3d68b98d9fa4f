"""How fast the local Firehose is, compared with its peers and its limits: `python -m bench.dataplane`."""
