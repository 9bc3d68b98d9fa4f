"""How fast the local Firehose is, beside its peers and its limits: `python -m bench.dataplane`."""
