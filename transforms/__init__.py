"""What happens to data: the function that Firehose calls with the records of a dataset's stream."""
