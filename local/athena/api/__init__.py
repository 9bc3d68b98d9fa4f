"""Athena's API: operations, executions and their results, workgroups, saved queries."""
