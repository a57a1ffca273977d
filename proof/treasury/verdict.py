"""What a run is found to have got wrong; nothing at all is exact."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

EXAMPLES_MAX = 12


@dataclass
class Verdict:
    """Findings by their kind, and how much was compared."""

    found: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found

    def note(self, kind: str, what: str) -> None:
        """Say what is wrong."""
        self.found[kind] += 1
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(f"{kind}: {what}")

    def equal(self, kind: str, what: str, expected: Any, there: Any) -> None:  # noqa: ANN401 - whatever is compared
        """Compare two things that must be the same."""
        self.compared[kind] += 1
        if expected != there:
            self.note(kind, f"{what} is {there}, not {expected}")

    def none(self, kind: str, what: str, there: Any) -> None:  # noqa: ANN401 - whatever there must be none of
        """Hold that there are none of these."""
        self.compared[kind] += 1
        if there:
            self.note(kind, f"{what}: {list(there)[:3]}")

    def told(self) -> str:
        """Say it in a line."""
        if self.is_exact:
            return "exact"
        kinds = ", ".join(f"{count} x {kind}" for kind, count in sorted(self.found.items()))
        return f"{kinds}; {'; '.join(self.examples[:3])}"
