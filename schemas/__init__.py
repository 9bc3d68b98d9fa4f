"""What the data is: one contract per dataset, and the faces derived from it (Glue, Arrow, rows, views)."""
