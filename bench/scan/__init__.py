"""What queries scan, on gzipped text, on landed Parquet and on curated Parquet: `python -m bench.scan [scale]`."""
