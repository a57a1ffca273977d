"""Where the brokers of a data folder listen, for the other processes that work with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "bootstrap"


def write(folder: Path, bootstrap: str) -> None:
    """Keep the address in the folder; a reader sees the old one or the new one, never half of it."""
    fresh = folder / f"{NAME}.new"
    fresh.write_text(bootstrap, encoding="ascii")
    fresh.replace(folder / NAME)


def read(folder: Path) -> str | None:
    """Return the address of the brokers that work in the folder, or last did; None when none ever did."""
    try:
        return (folder / NAME).read_text(encoding="ascii")
    except FileNotFoundError:
        return None
