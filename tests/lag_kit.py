"""A platform that reports late, for tests: what was spent minute by minute, and how much of it it admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from domain.draft import Draft
from domain.forecast import lag
from domain.local_time import HOUR_MS
from domain.pacing import cells, plan
from domain.pacing.rows import CampaignRow, HoursRow, hours_key
from events.types import PollCompleted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.decision import Row

MINUTE_MS = 60_000
DAY_MINUTES = 1440
START_MS = 1_795_996_800_000
SUBJECT = "acme/google/1"


def gradual(minutes: int) -> int:
    """Report half after an hour, nine tenths after nine."""
    return 1_000_000 * minutes // (minutes + 60)


def delayed(minutes: int) -> int:
    """Report all that is two hours old, and nothing before."""
    return 1_000_000 if minutes >= 120 else 0


def at_once(minutes: int) -> int:
    """Report what has just been spent."""
    return 1_000_000 if minutes >= 0 else 0


def takes_back(minutes: int) -> int:
    """Report all at once, and strike off a tenth of it after a day."""
    return 1_000_000 if minutes < DAY_MINUTES else 900_000


def reported(per_minute: Sequence[int], growth: Callable[[int], int], now_minute: int) -> tuple[int, ...]:
    """Return the totals of a day's hours that have begun, as the platform shows them."""
    hours = []
    for first in range(0, min(now_minute, len(per_minute)), 60):
        last = min(first + 60, now_minute, len(per_minute))
        hours.append(
            sum(per_minute[at] * growth(now_minute - at - 1) // 1_000_000 for at in range(first, last))
        )
    return tuple(hours)


def name(day: int) -> str:
    """Return what the day so many days after the first is called."""
    return f"2026-12-{day + 1:02d}"


class Account:
    """An account read every so many minutes."""

    def __init__(self, growth: Callable[[int], int], per_minute: Sequence[int], delay_ms: int = 0) -> None:
        self.growth, self.per_minute, self.delay_ms = growth, per_minute, delay_ms
        self.table: dict[bytes, Row] = {}

    @property
    def lag(self) -> lag.LagRow | None:
        """Return what was learned."""
        row: lag.LagRow | None = self.table.get(lag.lag_key(SUBJECT))  # type: ignore[assignment]  # that key holds nothing else
        return row

    def read(self, day: int, now_minute: int) -> None:
        """Read a day at a minute counted from its start."""
        totals = reported(self.per_minute, self.growth, now_minute)
        draft = Draft(self.table.get)
        start_ms = START_MS + day * 24 * HOUR_MS
        draft.changes[hours_key(SUBJECT, name(day))] = HoursRow(name(day), start_ms, totals)
        as_of_ms = start_ms + now_minute * MINUTE_MS
        completed = PollCompleted("spend", name(day), as_of_ms, as_of_ms - self.delay_ms, 1, 1)
        lag.learn(draft, SUBJECT, completed)
        self.table.update({key: row for key, row in draft.changes.items() if row is not None})

    def run(self, days: int, every: int) -> None:
        """Read today, yesterday and the day before it for some days; each day is spent like the others."""
        for minute in range(every, days * DAY_MINUTES, every):
            today, now = divmod(minute, DAY_MINUTES)
            for back in range(min(today, 2), -1, -1):
                self.read(today - back, now + back * DAY_MINUTES)


def campaign(
    hours: Sequence[int], now_minute: int, target: int = 0, planned: Sequence[int] = ()
) -> CampaignRow:
    """Return a campaign with these totals at a minute of its day, and with a plan if there is one."""
    packed = b""
    since_ms = now_minute * MINUTE_MS
    for hour, micros in enumerate(hours):
        put = cells.put(packed, hour, micros, since_ms)
        packed = put[0] if put else packed
    row = CampaignRow(
        target_micros=target or None,
        day=name(0),
        day_start_ms=START_MS,
        day_end_ms=START_MS + 24 * HOUR_MS,
        as_of_ms=START_MS + since_ms,
        spent_micros=sum(hours),
        cells=packed,
    )
    return replace(row, plan=plan.shares(plan.pack(tuple(planned)))) if planned else row
