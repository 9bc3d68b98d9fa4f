"""The Glue catalogue as queries see it: tables, their partitions, how they are stored."""
