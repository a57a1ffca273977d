"""What was published of each day, as far as the next read has to know it.

Two things only. Which hours of which campaigns had something: platforms leave out what is zero, so an hour
that was corrected to nothing would go on counting, unless we say the zero. And the day's totals, to tell
whether a past day has to be read by hours again: that costs a call a day, its totals one call for them all.

What was published is not believed for ever: a page may have been parked behind our back, for one that came
before the log's clock after an outage. A few more calls a day bring everything back that was ever missed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from connectors.ports import HourSpend

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

BELIEVED_MS: Final = 6 * 3_600_000


@dataclass(slots=True)
class _Day:
    as_of_ms: int
    hours: dict[str, int] = field(default_factory=dict)  # campaign -> a bit for each hour
    by_hours: bytes = b""
    by_day: bytes | None = None


class Memory:
    """The days of one account; it is rebuilt by reading when a process starts."""

    def __init__(self) -> None:
        self._days: dict[str, _Day] = {}

    def keep(self, days: Collection[str]) -> None:
        """Forget all other days."""
        self._days = {day: known for day, known in self._days.items() if day in days}

    def with_zeros(self, day: str, rows: Sequence[HourSpend]) -> list[HourSpend]:
        """Return the rows in order, with a zero for each hour that had something and is not in them."""
        there = {(row.campaign, row.hour) for row in rows}
        known = self._days.get(day)
        gone = [
            HourSpend(campaign, hour, 0)
            for campaign, hours in ({} if known is None else known.hours).items()
            for hour in range(hours.bit_length())
            if hours >> hour & 1 and (campaign, hour) not in there
        ]
        return sorted([*rows, *gone], key=lambda row: (row.campaign, row.hour))

    def remember(
        self, day: str, as_of_ms: int, rows: Iterable[HourSpend], by_day: Mapping[str, int] | None = None
    ) -> None:
        """Note a read by hours that was published, and the platform's totals from before it."""
        hours: dict[str, int] = {}
        totals: dict[str, int] = {}
        for row in rows:
            if row.spend_micros or row.impressions or row.clicks or row.conversions:
                hours[row.campaign] = hours.get(row.campaign, 0) | 1 << row.hour
            totals[row.campaign] = totals.get(row.campaign, 0) + row.spend_micros
        self._days[day] = _Day(as_of_ms, hours, _print(totals), None if by_day is None else _print(by_day))

    def is_stale(self, day: str, now_ms: int, by_day: Mapping[str, int]) -> bool:
        """Return whether a day was not read for long, or its totals are not what they were then.

        Some platforms round hours and days apart, so what they said of the day itself goes first.
        """
        known = self._days.get(day)
        if known is None or now_ms - known.as_of_ms > BELIEVED_MS:
            return True
        return _print(by_day) != (known.by_day or known.by_hours)


def _print(totals: Mapping[str, int]) -> bytes:
    """Return sixteen bytes that differ when a total does; a campaign without spend is as none."""
    digest = blake2b(digest_size=16)
    for campaign, micros in sorted(totals.items()):
        if micros:
            digest.update(f"{campaign}\0{micros}\0".encode())
    return digest.digest()
