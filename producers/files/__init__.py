"""Files that people drop into the bucket under `drop/<dataset>/`: CSV and JSON, plain or gzip-compressed."""
