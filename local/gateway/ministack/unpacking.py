"""Code and layers of functions, unpacked once for all their processes: on Lambda, too, they are read-only.

MiniStack unpacks them for each process that it starts. Layers have thousands of files, and the gateway has to wait.
"""

import hashlib
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any, Final

_UNPACKING: Final = threading.Lock()


class Archive(zipfile.ZipFile):
    """An archive that unpacks the same bytes to the same folder, only once."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        with Path(file).open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        self._unpacked = Path(tempfile.gettempdir(), "unpacked", digest)

    def namelist(self) -> list[str]:
        """Nothing: MiniStack checks for names outside of its folder, and unpacking already does."""
        return []

    def extractall(self, path: Any) -> None:  # type: ignore[override]
        """Put the folder of the content where the empty folder `path` is."""
        with _UNPACKING:
            if not self._unpacked.is_dir():
                part = self._unpacked.with_suffix(".part")
                super().extractall(part, self.infolist())
                part.rename(self._unpacked)
        Path(path).rmdir()
        Path(path).symlink_to(self._unpacked)
