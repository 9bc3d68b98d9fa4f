"""The folders of the buckets: what producers, streams, tables and permissions all name."""

from typing import Final

# --- in the drop bucket ---
DROP: Final = "drop/"
"""Dropped files, in a folder for each dataset."""
AD_HOC: Final = f"{DROP}adhoc/"
"""Files of any shape, in a folder for each table that the crawler makes of them."""

# --- in the lake ---
LANDING: Final = "landing/"
"""What Firehose delivers."""
CURATED: Final = "curated/"
"""What the curation job writes."""
ERRORS: Final = "errors/"
"""What Firehose could not transform, convert or partition."""

# --- in the results bucket ---
RESULTS: Final = "queries/"
"""What Athena answers."""
