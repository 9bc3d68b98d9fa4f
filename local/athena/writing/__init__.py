"""The statements that write rows, and the files they write."""
