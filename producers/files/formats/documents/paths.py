"""The way to the rows of a document, by the path that leads to them. What lies beside it is not held."""

import msgspec

from producers.files.formats.documents.scanning import KEY, Scanner


class Route:
    """The values under `path` (`data.items`) of the one object that is `text`, if they begin with one of `brackets`."""

    def __init__(self, text: Scanner, path: str, brackets: bytes) -> None:
        self._text = text
        self._path = path
        self._brackets = brackets
        self._open: list[str] = []  # paths of open objects that lead to rows
        self._aside = 0  # how much else is open in them

    def enter(self) -> bytes:
        """Move past the bracket of the next value, which has to be read to its end. Gives it, or nothing at the end.

        Raises `BrokenError`, and whatever the stream raised.
        """
        self._enter_document()
        while self._open:
            before, mark = self._text.mark(inside=self._aside > 0)
            if not mark:
                raise self._text.broken()
            if mark in b"{[":
                if self._begins_rows(before, mark):
                    return mark
            elif mark != b"," and self._aside:
                self._aside -= 1
            elif mark != b",":
                self._open.pop()
        self._text.finish()
        return b""

    def _enter_document(self) -> None:
        if self._text.reads == 0:
            self._text.past(b"{")
            self._open.append("")

    def _begins_rows(self, before: bytes, bracket: bytes) -> bool:
        here = None if self._aside else self._path_to(before)
        if here == self._path and bracket in self._brackets:
            return True
        if here is not None and bracket == b"{" and self._path.startswith(f"{here}."):
            self._open.append(here)
        else:
            self._aside += 1
        return False

    def _path_to(self, before: bytes) -> str | None:
        """The path of the value that comes after `before`, which ends in its key."""
        try:
            name = msgspec.json.decode(found[1], type=str) if (found := KEY.fullmatch(before.rstrip())) else None
        except ValueError:  # not UTF-8, or half of a surrogate pair
            return None
        return f"{self._open[-1]}.{name}" if name is not None and self._open[-1] else name
