"""One invariant of the demo, and the finding."""

from __future__ import annotations

from dataclasses import dataclass

EXAMPLES_MAX = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: whether it holds, and the finding in words."""

    name: str
    title: str
    ok: bool
    told: str
