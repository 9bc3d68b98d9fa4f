"""Hive's JSON SerDes over Arrow: what Firehose converts records with, and Athena reads JSON tables with."""
