"""The two ways to fetch Kafka's jars, both by ordinary clients with their own settings: Maven and jgo."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from xml.etree import ElementTree as ET

from infra import machine
from infra.kafka import fetch_by_jgo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POM = Path(__file__).with_name("pom.xml")
# 43 MB at 1 Mbit/s; a shorter limit would fail slow lines that get there.
FETCH_TIMEOUT_SECONDS = 400
# What a person can use of a tool's complaint.
COMPLAINT_CHARACTERS_MAX = 400

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class FetchFailed(Exception):  # noqa: N818 - reads as what happened, like the errors for people
    """One attempt did not bring the jars."""


class Way(Protocol):
    """A way to fetch: its name for people, and how."""

    @property
    def name(self) -> str:
        """Return the name for people."""

    def fetch(self, folder: Path, progress: Callable[[str], None], *, own_store: Path | None) -> None:
        """Put all jars into the folder; with `own_store`, trust no file that was stored before."""


def ways() -> list[Way]:
    """Return the ways that this machine has, the preferred one first."""
    found: list[Way] = []
    if mvn := machine.command("mvn"):
        found.append(ByMaven(mvn))
    if importlib.util.find_spec("jgo"):
        found.append(ByJgo())
    return found


@dataclass(frozen=True, slots=True)
class ByMaven:
    """Through an installed Maven, with the repositories that its settings name."""

    mvn: Path
    name: str = "Maven"

    def fetch(self, folder: Path, progress: Callable[[str], None], *, own_store: Path | None) -> None:
        """Let Maven copy the dependencies of our pom."""
        # Maven may write beside the pom, and ours can be in a read-only installation.
        pom = Path(shutil.copy(POM, folder.parent / "pom.xml"))
        store = [f"-Dmaven.repo.local={own_store}"] if own_store else []
        _run(
            [str(self.mvn), "-B", "-q", "-f", str(pom), *store, "dependency:copy-dependencies",
             "-DincludeScope=runtime", f"-DoutputDirectory={folder}"],
            progress,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ByJgo:
    """Through the `jgo` package, which needs no Java."""

    name: str = "jgo"

    def fetch(self, folder: Path, progress: Callable[[str], None], *, own_store: Path | None) -> None:
        """Let jgo resolve the dependencies of our pom."""
        store = {"M2_REPO": str(own_store)} if own_store else {}
        _run([sys.executable, fetch_by_jgo.__file__, str(folder), *coordinates()], progress, store)


def coordinates() -> list[str]:
    """Return what our pom asks for, in Maven's short form."""
    root = ET.parse(POM).getroot()  # noqa: S314 - our own file
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    found = []
    for dependency in root.findall("m:dependencies/m:dependency", space):
        parts = [dependency.findtext(f"m:{tag}", "", space) for tag in ("groupId", "artifactId", "version")]
        found.append(":".join(parts))
    return found


def _run(
    command: Sequence[str], progress: Callable[[str], None], extra_env: dict[str, str] | None = None
) -> None:
    """Run a fetching command within its time limit; each line of its output is progress."""
    process = subprocess.Popen(  # noqa: S603 - one of the two commands above
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**machine.environment(), **extra_env} if extra_env else None,
    )
    late = threading.Timer(FETCH_TIMEOUT_SECONDS, process.kill)
    late.start()
    try:
        lines = _listen(process, progress)
        code = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        late.cancel()
    if code:
        told = " ".join(lines)[-COMPLAINT_CHARACTERS_MAX:] or f"it ended with code {code}"
        raise FetchFailed(told)


def _listen(process: subprocess.Popen[str], progress: Callable[[str], None]) -> list[str]:
    lines: list[str] = []
    if process.stdout is not None:
        with process.stdout as output:
            for line in output:
                # Maven colours even an empty line.
                if text := _COLOUR.sub("", line).strip():
                    lines.append(text)
                    progress(f"fetching Kafka: {text}")
    return lines
