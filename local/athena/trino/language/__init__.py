"""The text of a query as a tree, by the rules of Trino."""
