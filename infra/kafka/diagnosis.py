"""Says in words why a broker ended, from what it wrote."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a broker ended, and what helps."""

    kind: str
    what: str
    next_step: str


# How a broker leaves after SIGTERM, seen from Python and from a shell.
ASKED_TO_STOP = frozenset({0, -signal.SIGTERM, 128 + signal.SIGTERM})

# In order: where several match one line, the first is meant.
_CAUSES: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern), Cause(kind, what, next_step))
    for pattern, kind, what, next_step in (
        (
            r"No space left on device|File too large|Disk quota exceeded",
            "disk-full",
            "the disk is full",
            "Free some space, or move the data folder to a larger disk; what was committed is kept.",
        ),
        (
            r"Address already in use",
            "port-taken",
            "its port is taken by another process",
            "End that process or choose another port (kafka.port).",
        ),
        (
            r"OutOfMemoryError",
            "out-of-heap",
            "its Java heap is too small",
            "Give it more (kafka.heap_mib).",
        ),
        (
            r"insufficient memory for the Java Runtime|Could not reserve enough space|Cannot allocate memory",
            "out-of-memory",
            "the machine has too little free memory for it",
            "End something else, or give it a smaller heap (kafka.heap_mib).",
        ),
        (
            r"Failed to acquire lock on file \.lock",
            "folder-busy",
            "another Kafka works in the same folder",
            "End the other one, or choose another folder with --data-dir.",
        ),
        (
            r"Too many open files",
            "too-many-files",
            "it may not open more files",
            "Raise the limit of open files (ulimit -n 65536).",
        ),
        (
            r"Permission denied|AccessDeniedException|Read-only file system",
            "not-writable",
            "it may not write to its folder",
            "Give this user the right to write to the data folder, or choose another one with --data-dir.",
        ),
        (
            r"Invalid cluster\.id|InconsistentClusterIdException|Stored node id \d+ doesn't match",
            "foreign-folder",
            "its folder belongs to another Kafka",
            "Choose another folder with --data-dir, or move the foreign one away.",
        ),
        (
            r"CorruptRecordException|is corrupt|KafkaStorageException: Error while reading checkpoint",
            "damaged-data",
            "its data is damaged",
            "Check the disk; then restore the data folder from a copy.",
        ),
        (
            r"UnsupportedClassVersionError|Unrecognized VM option",
            "java-unfit",
            "this Java cannot run it",
            "Run `headgate doctor` and install a newer Java.",
        ),
    )
)


def recognise(line: str) -> Cause | None:
    """Return the cause that this line of a broker's log tells of."""
    return next((cause for pattern, cause in _CAUSES if pattern.search(line)), None)


def from_exit_code(code: int, log: str) -> Cause:
    """Return what can be said when the log named no cause."""
    if code == -signal.SIGKILL:
        return Cause(
            "killed",
            "it was killed from outside (by a person, or by the kernel when memory ran out)",
            "Start it again; what was committed is kept.",
        )
    if code in ASKED_TO_STOP:
        return Cause("stopped", "it was asked to stop", "Start it again when you need it.")
    return Cause("unknown", f"it ended with code {code}", f"Read the end of {log}.")
