"""What is kept of a defect: a file with the whole traceback, instead of a traceback on the terminal."""

from __future__ import annotations

import platform
import shlex
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from pathlib import Path

from headgate.options import DEFAULT_DATA_DIR

# EX_SOFTWARE of sysexits: a defect of ours, not of the input or of the machine.
EXIT_CODE = 70


def version() -> str:
    """Return the installed version of headgate."""
    try:
        return package_version("headgate")
    except PackageNotFoundError:
        return "(not installed)"


def write(error: BaseException, arguments: list[str]) -> Path:
    """Write a report of `error` into the data folder, else into the temporary one, and return its path."""
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.txt"
    try:
        return _write_into(_data_dir(arguments), name, _report(error, arguments))
    except OSError:
        # The data folder may be what is broken (full, read-only): the report must still land somewhere.
        return _write_into(Path(tempfile.gettempdir()), f"headgate-{name}", _report(error, arguments))


def _write_into(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _data_dir(arguments: list[str]) -> Path:
    # Read from the raw arguments: the error may have come before any of them was parsed.
    for position, argument in enumerate(arguments):
        if argument == "--data-dir" and position + 1 < len(arguments):
            return Path(arguments[position + 1])
        if argument.startswith("--data-dir="):
            return Path(argument.partition("=")[2])
    return DEFAULT_DATA_DIR


def _report(error: BaseException, arguments: list[str]) -> str:
    lines = [
        f"headgate {version()}, Python {sys.version.split()[0]}, {platform.platform()}",
        f"command: headgate {shlex.join(arguments)}",
        f"time: {datetime.now(UTC).isoformat(timespec='seconds')}",
        "",
        *traceback.format_exception(error),
    ]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"
