"""Whether a role lives and whether it is ready: judged from beats, partitions, lag and commits."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether all is well, and if not, each reason in words."""

    ok: bool
    reasons: tuple[str, ...]
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class _Watch:
    """A loop that must come round; `paused` says why it need not at the moment."""

    stuck_after_ms: int
    last_beat_ms: int
    paused: str | None = None


@dataclass(slots=True)
class _Consumer:
    """What is known about the consumer of this process; None where nothing is known yet."""

    assigned: int | None = None
    restored: int = 0
    lag_records: int | None = None
    behind_since_ms: int | None = None
    last_commit_ms: int | None = None


def monotonic_ms() -> int:
    """Return the monotonic clock in milliseconds."""
    return time.monotonic_ns() // 1_000_000


class Health:
    """What a role reports about itself, and the verdicts drawn from it; safe between threads.

    Alive: every watched loop came round in time, and lag is answered by commits.
    Ready: alive, every condition holds, the assigned partitions are restored, and lag is within bounds.
    """

    def __init__(
        self,
        role: str,
        *,
        no_commit_ms_max: int = 60_000,
        lag_records_max: int | None = None,
        clock_ms: Callable[[], int] = monotonic_ms,
    ) -> None:
        self.role = role
        self._no_commit_ms_max = no_commit_ms_max
        self._lag_records_max = lag_records_max
        self._clock_ms = clock_ms
        self._lock = threading.Lock()
        self._watches: dict[str, _Watch] = {}
        self._conditions: dict[str, str | None] = {}
        self._consumer = _Consumer()

    def watch(self, name: str, *, stuck_after_ms: int) -> None:
        """Expect `beat(name)` at least every `stuck_after_ms` from now on."""
        with self._lock:
            self._watches[name] = _Watch(stuck_after_ms, self._clock_ms())

    def beat(self, name: str) -> None:
        """Say that the loop `name` came round; ends a pause."""
        # No lock: called in the hottest loop, and each of the two assignments is atomic by itself.
        watch = self._watches[name]
        watch.last_beat_ms = self._clock_ms()
        watch.paused = None

    def pause(self, name: str, why: str) -> None:
        """Expect no beat of `name` until the next one comes."""
        with self._lock:
            self._watches[name].paused = why

    def condition(self, name: str, problem: str | None) -> None:
        """Set or clear (None) a problem that makes the role not ready."""
        with self._lock:
            self._conditions[name] = problem

    def partitions(self, *, assigned: int, restored: int) -> None:
        """Report how many partitions this process has, and how many of them it can read."""
        with self._lock:
            self._consumer.assigned = assigned
            self._consumer.restored = restored
            if assigned == 0:
                self._consumer.lag_records = None
                self._consumer.behind_since_ms = None

    def lag(self, records: int) -> None:
        """Report how many records wait to be taken in."""
        with self._lock:
            consumer = self._consumer
            consumer.lag_records = records
            if records == 0:
                consumer.behind_since_ms = None
            elif consumer.behind_since_ms is None:
                consumer.behind_since_ms = self._clock_ms()

    def committed(self) -> None:
        """Report a commit."""
        # No lock, for the same reason as in beat.
        self._consumer.last_commit_ms = self._clock_ms()

    def liveness(self) -> Verdict:
        """Judge whether a restart would help: something here is stuck."""
        with self._lock:
            return self._verdict(self._stuck())

    def readiness(self) -> Verdict:
        """Judge whether the role does its work now."""
        with self._lock:
            return self._verdict([*self._stuck(), *self._unready()])

    def _stuck(self) -> list[str]:
        now_ms = self._clock_ms()
        reasons = [
            f"{name} has not come round for {now_ms - watch.last_beat_ms} ms (limit {watch.stuck_after_ms})"
            for name, watch in self._watches.items()
            if watch.paused is None and now_ms - watch.last_beat_ms > watch.stuck_after_ms
        ]
        since_ms = self._waiting_since_ms()
        if since_ms is not None and now_ms - since_ms > self._no_commit_ms_max:
            reasons.append(
                f"{self._consumer.lag_records} records wait and nothing was committed for "
                f"{now_ms - since_ms} ms (limit {self._no_commit_ms_max})"
            )
        return reasons

    def _waiting_since_ms(self) -> int | None:
        """Return since when records wait without a commit; restoring is no waiting."""
        consumer = self._consumer
        if consumer.behind_since_ms is None or consumer.restored < (consumer.assigned or 0):
            return None
        return max(consumer.behind_since_ms, consumer.last_commit_ms or 0)

    def _unready(self) -> list[str]:
        consumer = self._consumer
        reasons = [f"{name}: {problem}" for name, problem in self._conditions.items() if problem is not None]
        reasons += [f"{name} rests: {watch.paused}" for name, watch in self._watches.items() if watch.paused]
        if consumer.assigned is not None and consumer.restored < consumer.assigned:
            reasons.append(f"{consumer.restored} of {consumer.assigned} partitions are restored")
        if self._lag_records_max is not None and (consumer.lag_records or 0) > self._lag_records_max:
            reasons.append(f"{consumer.lag_records} records behind (limit {self._lag_records_max})")
        return reasons

    def _verdict(self, reasons: list[str]) -> Verdict:
        now_ms = self._clock_ms()
        consumer = self._consumer
        commit_age_ms = None if consumer.last_commit_ms is None else now_ms - consumer.last_commit_ms
        facts: dict[str, object] = {
            "partitions_assigned": consumer.assigned,
            "partitions_restored": consumer.restored,
            "lag_records": consumer.lag_records,
            "last_commit_age_ms": commit_age_ms,
            "beat_age_ms": {name: now_ms - watch.last_beat_ms for name, watch in self._watches.items()},
        }
        return Verdict(not reasons, tuple(reasons), facts)
