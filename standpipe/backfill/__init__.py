"""`standpipe backfill`: the history of an Alpha Vantage dataset, planned, confirmed and loaded call by call."""
