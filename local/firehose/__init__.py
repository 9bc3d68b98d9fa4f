"""The Firehose data plane as a plain library: journal, stages, conversion, monitoring, and the API in front of them."""
