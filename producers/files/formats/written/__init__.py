"""Numbers, dates and booleans as people write them, turned into what JSON and the transform know."""
