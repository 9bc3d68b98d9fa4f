"""Record format conversion: JSON by a SerDe and a Glue table to Parquet or ORC."""
