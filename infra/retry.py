"""Bounded retries with jitter, for every call to the outside."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often, and with what growing pause; half of it by chance, so that many do not come at once."""

    attempts_max: int = 6
    delay_ms: int = 100
    delay_ms_max: int = 5_000

    def delay_after(self, attempt: int, jitter: Callable[[int, int], int] = random.randint) -> int:
        """Return the pause after the attempt of that number (the first is 1)."""
        delay_ms = min(self.delay_ms * 2 ** min(attempt - 1, 16), self.delay_ms_max)
        return jitter(delay_ms // 2, delay_ms)


def _sleep_ms(delay_ms: int) -> None:
    time.sleep(delay_ms / 1000)


def retry(
    call: Callable[[], T],
    *,
    on: type[Exception] | tuple[type[Exception], ...],
    backoff: Backoff | None = None,
    pause: Callable[[int], object] = _sleep_ms,
) -> T:
    """Call until it succeeds; the error of the last attempt is raised."""
    bounds = backoff or Backoff()
    attempt = 1
    while True:
        try:
            return call()
        except on:
            if attempt >= bounds.attempts_max:
                raise
        pause(bounds.delay_after(attempt))
        attempt += 1
