"""Files that people drop into the bucket under `drop/<dataset>/`: each is claimed, read by its format, and put once."""
