"""How much a platform allows a token, and for how long it says no to who asks for more."""

from __future__ import annotations

from dataclasses import dataclass

SECOND_MS, MINUTE_MS, DAY_MS = 1_000, 60_000, 86_400_000
TOKENS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Quota:
    """A tier."""

    per_second: int = 10
    per_minute: int = 600
    per_day: int = 864_000
    minute_penalty_ms: int = 300_000
    """Whoever goes over a minute's share waits longer than that minute."""


@dataclass(slots=True)
class _Window:
    length_ms: int
    allowed: int
    penalty_ms: int = 0
    number: int = -1
    taken: int = 0
    blocked_until_ms: int = 0

    def refuses(self, now_ms: int) -> bool:
        if now_ms // self.length_ms != self.number:
            self.number, self.taken = now_ms // self.length_ms, 0
        if now_ms < self.blocked_until_ms:
            return True
        if self.taken < self.allowed:
            return False
        next_ms = (self.number + 1) * self.length_ms
        self.blocked_until_ms = max(next_ms, now_ms + self.penalty_ms)
        return True


class Quotas:
    """Counts the requests of each token."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._windows: dict[str, tuple[_Window, ...]] = {}

    def take(self, token: str, now_ms: int) -> bool:
        """Count a request; False says that it was one too many, and is not counted."""
        if token not in self._windows and len(self._windows) >= TOKENS_MAX:
            return False
        windows = self._windows.setdefault(token, self._fresh())
        # Each of them is asked, since being asked is how a window sees that another one has begun.
        refused = [window.refuses(now_ms) for window in windows]
        if any(refused):
            return False
        for window in windows:
            window.taken += 1
        return True

    def _fresh(self) -> tuple[_Window, ...]:
        quota = self._quota
        return (
            _Window(SECOND_MS, quota.per_second),
            _Window(MINUTE_MS, quota.per_minute, quota.minute_penalty_ms),
            _Window(DAY_MS, quota.per_day),
        )
