"""How to speak Firehose: its limits, the header of our records, packing and putting."""
