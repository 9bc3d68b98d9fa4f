"""The Firehose data plane as a plain library: one stage a file, in the order in which AWS documents them."""
