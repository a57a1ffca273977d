"""One owner for a data folder: an exclusive lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from infra.errors import FixSetup

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

LOCK_NAME = ".headgate-lock"


class FolderBusy(FixSetup):
    """Another process works in the folder."""

    def __init__(self, folder: Path, holder_pid: int | None) -> None:
        self.holder_pid = holder_pid
        holder = f"process {holder_pid}" if holder_pid else "another process"
        end_it = f"end it (kill {holder_pid})" if holder_pid else "end it"
        super().__init__(
            f"The folder {folder} is in use by {holder}.",
            f"Work with what runs there, {end_it}, or choose another folder with --data-dir.",
        )


class FolderUnusable(FixSetup):
    """The folder cannot be created or written."""

    def __init__(self, folder: Path, error: OSError) -> None:
        super().__init__(
            f"The folder {folder} cannot be used: {error.strerror}.",
            "Give this user the right to write there, or choose another folder with --data-dir.",
        )


class FolderLock:
    """Holds a folder for this process; `FolderBusy` names the holder when there is one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the folder, creating it when it is missing."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Not inherited by children (PEP 446), so the lock ends with this process and no other.
            descriptor = os.open(self.folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise FolderUnusable(self.folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder_pid = _read_pid(descriptor)
            os.close(descriptor)
            raise FolderBusy(self.folder, holder_pid) from error
        self._descriptor = descriptor
        # A full disk must not keep anyone from working: the pid only makes the message better.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the folder back; the file stays, since removing it would race with the next holder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def is_held(folder: Path) -> bool:
    """Say whether some process holds the folder; it is neither created nor changed."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared: two that ask at once do not see each other as holders.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdecimal() else None
