"""Synthesised cloud assemblies, deployed through CloudFormation's API without Node."""
