"""The expressions of a delivery stream: those in its prefixes, and the jq query that extracts partition keys."""
