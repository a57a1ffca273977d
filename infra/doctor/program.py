"""Checks of the program itself: Python and the libraries it came with."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import TYPE_CHECKING

from infra.doctor.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from infra.settings import Settings

PYTHON_MIN = (3, 11)
# The first version that is not tested.
PYTHON_END = (3, 14)
# What every role needs, then what only a worker needs.
NEEDED = ("confluent-kafka", "msgspec", "pydantic")
OF_A_WORKER = ("faust-streaming", "rocksdict")


def python(_settings: Settings, version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Look at the version of Python."""
    text = ".".join(map(str, version))
    if version < PYTHON_MIN:
        return fail("Python", f"{text} is too old", "Run it with Python 3.11, 3.12 or 3.13.")
    if version >= PYTHON_END:
        return warn("Python", f"{text} is newer than what is tested", "Prefer Python 3.11, 3.12 or 3.13.")
    return ok("Python", text)


def libraries(_settings: Settings) -> Check:
    """Look at the libraries, and at the client library inside of confluent-kafka."""
    found = {name: version_of(name) for name in (*NEEDED, *OF_A_WORKER)}
    missing = [name for name, version in found.items() if version is None]
    if gone := [name for name in missing if name in NEEDED]:
        return fail("libraries", f"{', '.join(gone)} missing", "Install Headgate again (make setup).")
    shown = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    detail = f"{shown}, librdkafka {_librdkafka()}"
    if missing:
        return warn(
            "libraries",
            f"{', '.join(missing)} missing; {detail}",
            "Workers do not start here; install the worker extra (pip install 'headgate[worker]').",
        )
    return ok("libraries", detail)


def version_of(name: str) -> str | None:
    """Return the installed version of a distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _librdkafka() -> str:
    from confluent_kafka import libversion  # noqa: PLC0415 - only once it is known to be there

    return str(libversion()[0])
