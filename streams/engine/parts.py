"""The state of one partition of a table: what is committed, and what the round in flight would change."""

import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from streams.engine.errors import StoreFailed
from streams.engine.values import version_of

Rows = Mapping[bytes, bytes | None]  # ``None`` deletes
NOTHING_YET = -1


class Part(Protocol):
    """Where a table keeps one partition."""

    position: int
    """The changelog offset up to which the state is complete."""
    version: int
    """The newest source offset that any row follows from."""
    pending: dict[bytes, bytes | None]
    """What the round in flight changes; it becomes state when its transaction is committed."""

    def get(self, key: bytes) -> bytes | None:
        """Return a committed value."""
        ...

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over the committed rows."""
        ...

    def apply(self, rows: Rows, position: int, version: int) -> None:
        """Make rows state, as of a changelog offset."""
        ...

    def wipe(self) -> None:
        """Forget everything, so that the part is restored from the changelog's beginning."""
        ...

    def close(self) -> None:
        """Let go of what the part holds open."""
        ...


class MemoryPart:
    """A partition in memory."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.pending: dict[bytes, bytes | None] = {}
        self.position = 0
        self.version = NOTHING_YET
        self.get: Callable[[bytes], bytes | None] = self.rows.get

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over the committed rows."""
        return iter(self.rows.items())

    def apply(self, rows: Rows, position: int, version: int) -> None:
        """Make rows state, as of a changelog offset."""
        deleted = [key for key, value in rows.items() if value is None]
        self.rows.update(rows)  # type: ignore[arg-type]  # the deletions go in the next line
        for key in deleted:
            self.rows.pop(key, None)
        self.position, self.version = position, max(version, self.version)

    def wipe(self) -> None:
        """Forget everything, so that the part is restored from the changelog's beginning."""
        self.rows.clear()
        self.position, self.version = 0, NOTHING_YET

    def close(self) -> None:
        """Let the rows go."""
        self.rows.clear()


class DiskPart:
    """A partition in a RocksDB folder; rows and position go in by one atomic write after the commit.

    A file that may have missed deletions (older than the changelog keeps them) or that belongs to another
    changelog is wiped when it is opened: the changelog is the truth, the file only a head start.
    """

    META = b"\0headgate"  # no key begins with a zero byte
    LAYOUT = ">qqd"  # position, version, seconds since the epoch

    def __init__(self, folder: Path, *, changelog_id: str, delete_retention_ms: int) -> None:
        from rocksdict import Options, Rdict  # noqa: PLC0415 - memory stores do without it

        self.folder, self.changelog_id = folder, changelog_id
        self.pending: dict[bytes, bytes | None] = {}
        self.position, self.version = 0, NOTHING_YET
        meta = self._open(Rdict, Options).get(self.META)
        if meta is not None:
            size = struct.calcsize(self.LAYOUT)
            self.position, self.version, saved_at = struct.unpack(self.LAYOUT, meta[:size])
            if meta[size:].decode() != changelog_id or time.time() - saved_at > delete_retention_ms / 1000:
                self.wipe()

    def _open(self, rdict: Any, options: Any) -> Any:  # noqa: ANN401 - rocksdict has no stubs
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.db = rdict(str(self.folder), options(raw_mode=True))
        except Exception as error:  # rocksdict raises the bare class
            raise StoreFailed(str(self.folder), str(error)) from error
        return self.db

    def wipe(self) -> None:
        """Forget everything, so that the part is restored from the changelog's beginning."""
        from rocksdict import Options, Rdict  # noqa: PLC0415 - memory stores do without it

        self.db.close()
        Rdict.destroy(str(self.folder), Options(raw_mode=True))
        self._open(Rdict, Options)
        self.position, self.version = 0, NOTHING_YET

    def get(self, key: bytes) -> bytes | None:
        """Return a committed value."""
        value: bytes | None = self.db.get(key)
        return value

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over the committed rows."""
        return ((key, value) for key, value in self.db.items() if key != self.META)

    def apply(self, rows: Rows, position: int, version: int) -> None:
        """Make rows state, as of a changelog offset, in one atomic write."""
        from rocksdict import WriteBatch  # noqa: PLC0415 - memory stores do without it

        self.position, self.version = position, max(version, self.version)
        write = WriteBatch(raw_mode=True)
        for key, value in rows.items():
            if value is None:
                write.delete(key)
            else:
                write.put(key, value)
        meta = struct.pack(self.LAYOUT, self.position, self.version, time.time())
        write.put(self.META, meta + self.changelog_id.encode())
        try:
            self.db.write(write)
        except Exception as error:  # rocksdict raises the bare class
            raise StoreFailed(str(self.folder), str(error)) from error

    def close(self) -> None:
        """Close the folder's files."""
        self.db.close()


def newest_version(values: Iterable[bytes | None]) -> int:
    """Return the newest source offset among values."""
    return max((version_of(value) for value in values if value is not None), default=NOTHING_YET)
