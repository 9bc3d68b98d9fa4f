"""`standpipe query`: SQL through the Athena API, and its rows on the screen or in a file."""
