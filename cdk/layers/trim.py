"""What a layer does not need at run time, and is left out of it."""

import shutil
from pathlib import Path

FOLDERS = ("tests", "__pycache__", "include", "bin")
"""Names of folders that go, wherever they are."""

FILES = (
    "*.pxd",
    "*.pxi",
    "*.pyx",
    "*.pyi",
    "*.a",
    "*.h",
    "*.pyc",
    "direct_url.json",
    "RECORD",
    "INSTALLER",
    "REQUESTED",
)
"""Sources of extensions, stubs, and pip's notes about this one installation."""

DATA = (
    "numpy/f2py",
    "pyarrow/src",
    "pyarrow/_azurefs*", "pyarrow/_dataset_orc*", "pyarrow/_dataset_parquet_encryption*", "pyarrow/_feather*",
    "pyarrow/_flight*", "pyarrow/_gcsfs*", "pyarrow/_hdfs*", "pyarrow/_orc*", "pyarrow/_parquet_encryption*",
    "pyarrow/_pyarrow_cpp_tests*", "pyarrow/_s3fs*", "pyarrow/_substrait*",
    "pyarrow/libarrow_azure*", "pyarrow/libarrow_flight*", "pyarrow/libarrow_gcs*", "pyarrow/libarrow_hdfs*",
    "pyarrow/libarrow_python.so", "pyarrow/libarrow_python.so.*.*.*", "pyarrow/libarrow_python_flight*",
    "pyarrow/libarrow_python_parquet_encryption*", "pyarrow/libarrow_s3*",
)  # fmt: skip
"""Parts of numpy and pyarrow that reading and writing Parquet, CSV and JSON does not load.

Three copies of libarrow_python come in the wheel; the one that is loaded is called like libarrow_python.so.2600.
pyarrow's libarrow_substrait, _dataset, _acero and _compute stay: libarrow_python is linked to them.
"""


def trim(packages: Path) -> None:
    """Remove from `packages` what does not run."""
    for name in FOLDERS:
        for folder in sorted(packages.rglob(name)):
            shutil.rmtree(folder, ignore_errors=True)
    for pattern in FILES:
        for file in packages.rglob(pattern):
            file.unlink()
    for pattern in DATA:
        for found in packages.glob(pattern):
            _remove(found)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
