"""Zip a folder to the same bytes every time."""

import io
import zipfile
from pathlib import Path
from typing import Final

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_EXECUTABLE: Final = 0o755
_PLAIN: Final = 0o644


def zip_folder(folder: Path) -> bytes:
    """A zip of every file below `folder`: sorted, without times or owners, the executable bit kept."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (_EXECUTABLE if path.stat().st_mode & 0o100 else _PLAIN) << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()
