"""The pot program with one of its checks taken out, built from its own source for a proof alone."""

from __future__ import annotations

import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

from chain.program.build import SOURCE, build

CHECKS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "numbers": (
        "pot.h",
        (
            "  CHECK(SEQUENCE(wanted) >= next, ERROR_SEQUENCE_USED);\n",
            "  CHECK(SEQUENCE(wanted) == next, ERROR_SEQUENCE_AHEAD);\n",
        ),
    ),
    "daily cap": ("money.h", ("  CHECK(after <= POT_U64(pot, DAILY_CAP), ERROR_DAILY_CAP_EXCEEDED);\n",)),
}


@lru_cache
def without(check: str) -> bytes:
    """Return the program without one of its checks."""
    name, lines = CHECKS[check]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        shutil.copytree(SOURCE, source)
        text = (source / name).read_text("utf-8")
        for line in lines:
            if line not in text:
                raise LookupError(f"{name} has no such check any more: {line.strip()}")
            text = text.replace(line, "")
        (source / name).write_text(text, "utf-8")
        return build(source)
