"""What the machine offers beside our own settings: commands on the path, Java, the user's cache folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def command(name: str) -> Path | None:
    """Return where the command of that name is on the PATH."""
    found = shutil.which(name)
    return Path(found) if found else None


def java_home() -> Path | None:
    """Return the JAVA_HOME that the user has set."""
    return _folder("JAVA_HOME")


def cache_folder() -> Path:
    """Return the folder for what can be fetched again: XDG_CACHE_HOME or ~/.cache, and headgate in it."""
    return (_folder("XDG_CACHE_HOME") or Path.home() / ".cache") / "headgate"


def environment() -> dict[str, str]:
    """Return a copy of the environment, for a child that needs a variable more."""
    return dict(os.environ)  # noqa: TID251 - handed on whole to a child, nothing of it is read


def _folder(variable: str) -> Path | None:
    # These names belong to the machine, not to Headgate, so they are no settings of ours.
    value = os.environ.get(variable)  # noqa: TID251 - the one place for the machine's own variables
    return Path(value) if value else None
