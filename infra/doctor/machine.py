"""Checks of the machine: the data folder, disk, memory, open files and clock."""

from __future__ import annotations

import os
import resource
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from infra.doctor.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from infra.settings import Settings

GIB = 1024**3
MIB = 1024**2
DISK_BYTES_WARN = 5 * GIB
DISK_BYTES_FAIL = GIB
# Estimates on the safe side, not measurements: what fits by them will start.
WORKER_MIB = 250
BROKER_BESIDE_HEAP_MIB = 150
# Three files a partition segment, and the sockets of every client.
OPEN_FILES_MIN = 4_096
# Nothing was written before this program was.
YEAR_MIN = 2025
MEMORY_FILE = Path("/proc/meminfo")


def folder(settings: Settings) -> Check:
    """Look whether the data folder, or the nearest one above it, can be written."""
    there = _nearest_existing(settings.data_dir)
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return ok("data folder", str(settings.data_dir.absolute()))
    return fail(
        "data folder",
        f"{settings.data_dir.absolute()} cannot be written",
        f"Give this user the right to write in {there}, or choose another folder with --data-dir.",
    )


def disk(settings: Settings) -> Check:
    """Look at the free space where the log, which is kept for ever, will grow."""
    free = shutil.disk_usage(_nearest_existing(settings.data_dir)).free
    detail = f"{_gib(free)} GiB free"
    advice = "Free some space, or choose a folder on another disk with --data-dir."
    if free < DISK_BYTES_FAIL:
        return fail("disk", detail, advice)
    if free < DISK_BYTES_WARN:
        return warn("disk", detail, advice)
    return ok("disk", detail)


def memory(settings: Settings) -> Check:
    """Look whether what `up` starts fits into the free memory."""
    free_mib = _memory_free_mib()
    if free_mib is None:
        return ok("memory", "not known on this system")
    broker_mib = 0 if settings.kafka.bootstrap else _broker_mib(settings)
    needed_mib = broker_mib + settings.worker.processes * WORKER_MIB
    detail = f"{free_mib} MiB free, about {needed_mib} MiB needed by `headgate up`"
    advice = "End something else, or lower worker.processes or kafka.heap_mib."
    if free_mib < max(broker_mib, WORKER_MIB):
        return fail("memory", detail, advice)
    return warn("memory", detail, advice) if free_mib < needed_mib else ok("memory", detail)


def open_files(_settings: Settings) -> Check:
    """Look at the limit of open files, which a broker reaches first."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and limit < OPEN_FILES_MIN:
        return warn("open files", f"at most {limit}", "Raise the limit (ulimit -n 65536).")
    return ok("open files", "no limit" if limit == resource.RLIM_INFINITY else f"at most {limit}")


def clock(_settings: Settings) -> Check:
    """Look whether the clock can be right, and whether the one that measures durations only goes forward."""
    now = datetime.fromtimestamp(time.time(), UTC)
    before_ns, after_ns = time.monotonic_ns(), time.monotonic_ns()
    if now.year < YEAR_MIN:
        return fail("clock", f"it says {now:%Y-%m-%d}", "Set the clock; switch on time synchronisation.")
    if after_ns < before_ns:
        return fail(
            "clock", "the monotonic clock went back", "This machine cannot measure time; use another."
        )
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _broker_mib(settings: Settings) -> int:
    brokers = 3 if settings.environment == "three-brokers" else 1
    return brokers * (settings.kafka.heap_mib + BROKER_BESIDE_HEAP_MIB)


def _memory_free_mib() -> int | None:
    try:
        lines = MEMORY_FILE.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    free = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return int(free) * 1024 // MIB if free else None


def _nearest_existing(path: Path) -> Path:
    absolute = path.absolute()
    return next(one for one in (absolute, *absolute.parents) if one.exists())


def _gib(size_bytes: int) -> str:
    return f"{size_bytes * 10 // GIB / 10:.1f}"
