"""What of an account is to be read, and when: pure, from what was read and how it went.

Four kinds of reads: its campaigns (currency and time zone with them, since a budget without its currency
says nothing), today by hours, yesterday by hours until the platform can have no more to say, and the past
days that it may still restate.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from connectors.ports import LocalDay

Kind = Literal["campaigns", "today", "yesterday", "past"]
# At the same moment, what pauses a campaign comes first; nothing can be read by day before the zone is known.
RANK: tuple[Kind, ...] = ("campaigns", "today", "yesterday", "past")
JITTER_PERMILLE = 100
# From this part of a budget on, an account is read more often.
NEAR_PERMILLE = 500
FULL_PERMILLE = 1000
# A platform's lag is what is usual; twice that is what it has certainly caught up with.
SETTLE_LAGS = 2


class Cadence(NamedTuple):
    """How often what is read."""

    spend_ms: int
    spend_ms_min: int
    campaigns_ms: int
    restated_ms: int
    restated_days: int
    lag_ms: int


class Due(NamedTuple):
    """What is next, and when."""

    at_ms: int
    kind: Kind


class Schedule:
    """The reads of one account."""

    def __init__(self, subject: str, cadence: Cadence, now_ms: int) -> None:
        self._subject, self._cadence = subject, cadence
        self._at: dict[Kind, int] = {"campaigns": now_ms}
        self.today: LocalDay | None = None
        self._settled_ms = 0

    def next(self) -> Due:
        """Return what is to be read next."""
        return min((Due(at_ms, kind) for kind, at_ms in self._at.items()), key=_order)

    def enter(self, today: LocalDay, yesterday: LocalDay, now_ms: int) -> None:
        """Begin a day of the account: it is read at once, and so is yesterday, for what came at its end."""
        if self.today is None:
            self._at["past"] = now_ms
        self.today = today
        self._settled_ms = yesterday.end_ms + SETTLE_LAGS * self._cadence.lag_ms
        self._at["today"] = self._at["yesterday"] = now_ms

    def settled(self, now_ms: int) -> bool:
        """Return whether yesterday can only change by restatement."""
        return now_ms >= self._settled_ms

    def done(self, kind: Kind, as_of_ms: int, near_permille: int = 0) -> None:
        """Plan the next read of a kind after one that went well."""
        if kind == "today":
            self._plan(kind, as_of_ms, interval_ms(self._cadence, near_permille))
        elif kind == "yesterday":
            self._after_yesterday(as_of_ms)
        elif kind == "campaigns":
            self._plan(kind, as_of_ms, self._cadence.campaigns_ms)
        elif self._cadence.restated_days:
            self._plan(kind, as_of_ms, self._cadence.restated_ms)
        else:
            del self._at[kind]

    def again(self, kind: Kind, at_ms: int) -> None:
        """Plan another try of a kind, or its next part."""
        self._at[kind] = at_ms
        self._not_after_midnight(kind)

    def _plan(self, kind: Kind, from_ms: int, every_ms: int) -> None:
        self._at[kind] = from_ms + jittered(every_ms, f"{self._subject}/{kind}/{from_ms}")
        self._not_after_midnight(kind)

    def _not_after_midnight(self, kind: Kind) -> None:
        if kind == "today" and self.today is not None:
            self._at[kind] = min(self._at[kind], self.today.end_ms)

    def _after_yesterday(self, as_of_ms: int) -> None:
        if self.settled(as_of_ms):
            del self._at["yesterday"]
            return
        self._plan("yesterday", as_of_ms, self._cadence.spend_ms)
        self._at["yesterday"] = min(self._at["yesterday"], self._settled_ms)


def _order(due: Due) -> tuple[int, int]:
    return due.at_ms, RANK.index(due.kind)


def jittered(every_ms: int, seed: str) -> int:
    """Return an interval moved by a tenth at most, so that accounts begun together drift apart."""
    spread = every_ms * JITTER_PERMILLE // 1000
    number = int.from_bytes(blake2b(seed.encode(), digest_size=8).digest(), "big")
    return every_ms - spread + number % (2 * spread + 1)


def interval_ms(cadence: Cadence, near_permille: int) -> int:
    """Return how often today is read: evenly sooner from half of a budget to all of it."""
    slow_ms, quick_ms = cadence.spend_ms, min(cadence.spend_ms, cadence.spend_ms_min)
    beyond = min(max(near_permille - NEAR_PERMILLE, 0), FULL_PERMILLE - NEAR_PERMILLE)
    return slow_ms - (slow_ms - quick_ms) * beyond // (FULL_PERMILLE - NEAR_PERMILLE)
