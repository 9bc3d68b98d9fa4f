"""What is known of Amazon Data Firehose, a statement a row, each with the check that holds the local one against it."""
