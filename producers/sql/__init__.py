"""Tables, views and queries of a SQL database, read on a schedule: whole, or what is new since the last run."""
