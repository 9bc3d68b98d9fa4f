"""Tables and views of a SQL database, read whole on a schedule."""
