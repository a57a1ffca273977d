"""What was done to a world, kept on disk so that a simulator that is started again goes on as it was."""

from __future__ import annotations

import errno
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from infra.errors import CallAPerson, FixSetup
from simulator.world import Entry

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from simulator.world import WorldTerms

ENTRIES_MAX = 1_000_000
_TERMS_HELP = "Start it with the settings it was made with, or remove that file to begin another world."


class Journal:
    """All entries so far, in order; in a file, each of them on disk before it happens, or in memory."""

    def __init__(self, terms: WorldTerms, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self.path = path
        self._length = 0
        self._file: FileIO | None = None if path is None else self._open(path, terms)

    def append(self, entry: Entry) -> None:
        """Keep an entry for good."""
        if len(self.entries) >= ENTRIES_MAX:
            raise CallAPerson(
                f"The simulator's journal has {ENTRIES_MAX} entries and takes no more.",
                "Begin another world in an empty data folder.",
            )
        self._write(msgspec.json.encode(entry))
        self.entries.append(entry)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, path: Path, terms: WorldTerms) -> FileIO:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without a buffer, so that what could not be written does not come out later.
        file = path.open("a+b", buffering=0)
        try:
            self._load(file, path, terms)
        except BaseException:
            file.close()
            raise
        return file

    def _load(self, file: FileIO, path: Path, terms: WorldTerms) -> None:
        file.seek(0)
        whole, newline, torn = file.read().rpartition(b"\n")
        self._length = len(whole) + len(newline)
        if torn:
            # The end of a write that was never answered: it did not happen.
            file.truncate(self._length)
        lines = whole.split(b"\n") if whole else []
        self._file = file
        if not lines:
            self._write(msgspec.json.encode(asdict(terms)))
            return
        try:
            kept = msgspec.json.decode(lines[0])
            self.entries = [msgspec.json.decode(line, type=Entry) for line in lines[1:]]
        except msgspec.MsgspecError as error:
            raise FixSetup(f"The simulator's journal {path} cannot be read: {error}.", _TERMS_HELP) from error
        if kept != asdict(terms):
            raise FixSetup(f"The simulator's journal {path} belongs to another world: {kept}.", _TERMS_HELP)

    def _write(self, line: bytes) -> None:
        if self._file is None:
            return
        try:
            self._length = _append(self._file, self._length, line + b"\n")
        except OSError:
            # The next entry must not follow half of this one.
            self._file.truncate(self._length)
            raise


def _append(file: FileIO, length: int, data: bytes) -> int:
    """Return how long the file is with this at its end, on disk."""
    if file.write(data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file.fileno())
    return length + len(data)
