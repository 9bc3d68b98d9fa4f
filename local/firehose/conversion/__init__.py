"""Record format conversion: JSON to Parquet or ORC, by a SerDe and a Glue table."""
