"""What can be done with values whose types are known: compare, calculate, convert."""
