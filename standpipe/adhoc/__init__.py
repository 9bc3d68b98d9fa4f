"""Files of unknown schema: `standpipe crawl` makes tables of them, `standpipe new` makes a dataset of such a table."""
