"""Kafka's jars: fetched once through Maven or jgo, checked by hash, kept in the user's cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from infra import machine
from infra.kafka import fetch
from infra.kafka.errors import JarsMissing
from infra.retry import Backoff, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Progress = Callable[[str], None]

KAFKA_VERSION = "4.1.2"
MANIFEST = Path(__file__).with_name("jars.sha256")
# A fetch that fails is mostly a connection that broke; each way gets three tries.
BACKOFF = Backoff(attempts_max=3, delay_ms=1_000, delay_ms_max=5_000)


def ensure_jars(progress: Progress | None = None) -> Path:
    """Return the folder of all jars, fetching them when one is missing or is not what it should be."""
    target = jars_folder()
    if not differences(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(target):
            # Whoever held the lock may have fetched them.
            if differences(target):
                _replace(target, progress or _silent)
    except OSError as error:
        raise JarsMissing(
            f"Kafka's jars cannot be kept in {target.parent}: {error.strerror or error}.",
            "Free some space or give this user the right to write there, or set XDG_CACHE_HOME.",
        ) from error
    return target


def jars_folder() -> Path:
    """Return where the jars are kept."""
    return machine.cache_folder() / f"kafka-{KAFKA_VERSION}"


def differences(folder: Path) -> list[str]:
    """Return what is missing from the folder, or is not what the manifest says."""
    found = []
    for name, digest in manifest().items():
        try:
            content = (folder / name).read_bytes()
        except OSError:
            found.append(f"{name} is missing")
            continue
        if hashlib.sha256(content).hexdigest() != digest:
            found.append(f"{name} is not the file it should be")
    return found


def manifest() -> dict[str, str]:
    """Return the hash of each jar by its name."""
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def _replace(target: Path, progress: Progress) -> None:
    """Fetch into a folder beside the target, check, and only then put it in the target's place."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="fetching-") as scratch:
        fresh = Path(scratch) / "jars"
        _fetch(fresh, progress)
        if target.exists():
            target.rename(Path(scratch) / "old")
        fresh.rename(target)
    progress("Kafka is here")


def _fetch(folder: Path, progress: Progress) -> None:
    failures: list[str] = []
    for way in fetch.ways():

        def attempt(way: fetch.Way = way) -> None:
            # A file that is not what it should be comes from a local store, so the next try leaves that out.
            private = any(failure.startswith(way.name) and "should be" in failure for failure in failures)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            progress(f"fetching Kafka {KAFKA_VERSION} through {way.name}")
            try:
                way.fetch(folder, progress, own_store=folder.parent / "store" if private else None)
            except fetch.FetchFailed as error:
                failures.append(f"{way.name}: {error}")
                raise
            if wrong := differences(folder):
                failures.append(f"{way.name}: {'; '.join(wrong[:3])}")
                raise fetch.FetchFailed(failures[-1])

        try:
            retry(attempt, on=fetch.FetchFailed, backoff=BACKOFF)
        except fetch.FetchFailed:
            continue
        return
    raise _missing(failures)


def _missing(failures: list[str]) -> JarsMissing:
    if not failures:
        return JarsMissing(
            "Kafka's jars are not here, and there is neither Maven nor jgo to fetch them with.",
            "Install the embedded extra (pip install 'headgate[embedded]', or make setup), or Maven.",
        )
    return JarsMissing(
        f"Kafka's jars could not be fetched. Last failure, {failures[-1]}.",
        "Check the connection to the package index (and Maven's or jgo's settings), then try again.",
    )


@contextmanager
def _one_at_a_time(target: Path) -> Iterator[None]:
    with (target.parent / f"{target.name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _silent(_words: str) -> None:
    """Say nothing."""
