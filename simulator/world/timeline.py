"""How a campaign stood in an account over time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Status = Literal["enabled", "paused", "removed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a campaign stands from a moment on."""

    name: str
    status: Status
    budget_micros: int | None
    factor_permille: int = 1_000
    """How many times as fast as by its nature it spends."""
    is_here: bool = True
    """False once it was moved to another account."""

    @property
    def is_delivering(self) -> bool:
        """Say whether it spends."""
        return self.is_here and self.status == "enabled"


class Timeline:
    """A campaign's standings, oldest first."""

    def __init__(self, begin_ms: int, first: Standing) -> None:
        self._moments = [begin_ms]
        self._standings = [first]

    def change(self, at_ms: int, standing: Standing) -> None:
        """Let a standing hold from a moment on, which is not before the last change."""
        if at_ms < self._moments[-1]:
            raise ValueError(f"a change at {at_ms} ms came after one at {self._moments[-1]} ms")
        if at_ms == self._moments[-1]:
            self._standings[-1] = standing
        else:
            self._moments.append(at_ms)
            self._standings.append(standing)

    def newest(self) -> Standing:
        """Return how it stands now."""
        return self._standings[-1]

    def changed_ms(self) -> int:
        """Return when it was changed last."""
        return self._moments[-1]

    def stretches(self, start_ms: int, end_ms: int) -> Iterator[tuple[int, Standing]]:
        """Return how long it stood how between two moments; before its begin it did not stand at all."""
        index = max(0, bisect_right(self._moments, start_ms) - 1)
        while index < len(self._moments) and self._moments[index] < end_ms:
            following = self._moments[index + 1] if index + 1 < len(self._moments) else end_ms
            duration_ms = min(following, end_ms) - max(self._moments[index], start_ms)
            if duration_ms > 0:
                yield duration_ms, self._standings[index]
            index += 1
