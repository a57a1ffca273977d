"""Gives LightGBM the OpenMP library that it expects on the system, where the system has none.

Its wheel asks for `libgomp.so.1` and does not bring it. The wheel of scikit-learn brings it under a name of
its own; a copy of that in memory, with the usual name in it, answers LightGBM's question.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

from infra.errors import FixSetup

WANTED: Final = "libgomp.so.1"
_OWN_NAME: Final = re.compile(rb"libgomp-[0-9a-f]+\.so[0-9.]*\0")


def lightgbm() -> Any:  # noqa: ANN401 - a module, which has no better type
    """Import LightGBM with what it needs; `FixSetup` where that is not to be found."""
    provide()
    try:
        return importlib.import_module("lightgbm")
    except OSError as error:
        raise _missing(str(error)) from error


def provide() -> None:
    """Load OpenMP before LightGBM asks for it."""
    if sys.platform != "linux":
        return  # elsewhere it goes by other names, and LightGBM finds it by itself or says so
    try:
        ctypes.CDLL(WANTED, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        _load(brought_along(str(error)))


def renamed(library: bytes) -> bytes:
    """Return a library that goes by the usual name, every other byte in its place."""
    usual = WANTED.encode()
    return _OWN_NAME.sub(lambda own: usual.ljust(len(own[0]), b"\0"), library)


def brought_along(why: str, package: str = "sklearn") -> Path:
    """Return where a package has the library; `FixSetup` where it is not there."""
    bringer = importlib.util.find_spec(package)
    if bringer is not None and bringer.origin is not None:
        found = sorted((Path(bringer.origin).parents[1] / "scikit_learn.libs").glob("libgomp-*"))
        if found:
            return found[0]
    raise _missing(why)


def _missing(why: str) -> FixSetup:
    return FixSetup(
        f"LightGBM needs an OpenMP library, and this machine has none: {why}.",
        "Install it (Debian, Ubuntu: libgomp1; Fedora: libgomp; macOS: brew install libomp), then try again.",
    )


def _load(library: Path) -> None:
    # Never closed: the loader knows the library by this file for as long as the process lives.
    memory = os.memfd_create(WANTED)
    os.write(memory, renamed(library.read_bytes()))
    ctypes.CDLL(f"/proc/self/fd/{memory}", mode=ctypes.RTLD_GLOBAL)
