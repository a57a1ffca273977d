"""From the ledger to series that a model can learn from, and from its quantiles to those of a day's hours."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from events.limits import AMOUNT_MICROS_MAX
from forecaster.days import HOUR_MS, Day, clock_hours, day_after
from forecaster.ledger import DAYS_KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forecaster.arrays import Floats
    from forecaster.ledger import Account, Campaign

DAY_HOURS: Final = 24
# A campaign that spent nothing for a week is over, or sleeps.
ACTIVE_DAYS: Final = 7
# Today and tomorrow.
HORIZON: Final = 2 * DAY_HOURS


# How domain/pacing/cells.py packs an hour.
_CELL: Final = np.dtype([("micros", "<i8"), ("heard", "<u4")])


class Row(NamedTuple):
    """Whose series it is."""

    subject: str
    campaign: str


class Panel(NamedTuple):
    """Series beside each other, each up to its own account's midnight."""

    rows: list[Row]
    values: Floats


def today(account: Account, now_ms: int) -> Day | None:
    """Return the account's day at a moment, or None when the last one that was told of is long over."""
    day = account.newest_day()
    for _ in range(2):
        if day is not None and now_ms >= day.end_ms:
            day = day_after(day, account.zone)
    return day if day is not None and now_ms < day.end_ms else None


def panel(accounts: Iterable[tuple[str, Account, Day]]) -> Panel:
    """Lay out the active campaigns of accounts, each account up to the beginning of the day that is given."""
    rows: list[Row] = []
    series: list[Floats] = []
    for subject, account, day in accounts:
        names = _names_before(day)
        slots = {name: _slots(account, name) for name in names}
        for campaign, found in account.campaigns.items():
            values = _series(account, found, names, slots)
            if np.nansum(values[-ACTIVE_DAYS * DAY_HOURS :]) > 0:
                rows.append(Row(subject, campaign))
                series.append(values)
    return Panel(rows, np.stack(series) if series else np.zeros((0, DAYS_KEPT * DAY_HOURS)))


def known_hours(values: Floats) -> int:
    """Return of how many hours the series that is known longest tells."""
    return int(np.isfinite(values).sum(1).max()) if len(values) else 0


def hours_of(quantiles: Floats, day: Day, zone: str | None, offset: int) -> list[tuple[int, ...]]:
    """Return a day's hours by quantile in whole micros, ``offset`` days after the series' end."""
    steps = [offset * DAY_HOURS + hour for hour in clock_hours(day, zone)]
    whole = np.clip(np.rint(quantiles[steps]), 0, AMOUNT_MICROS_MAX).astype(np.int64)
    return [tuple(int(one) for one in column) for column in np.sort(whole, axis=1).T]


def day_values(account: Account, campaign: str, name: str) -> Floats | None:
    """Return a day's hours by their names, None when nobody told of the campaign on it."""
    found, day = account.campaigns.get(campaign), account.days.get(name)
    if found is None or day is None or name not in found.days:
        return None
    return _series(account, found, [name], {name: clock_hours(day, account.zone)})


def _names_before(day: Day) -> list[str]:
    last = date.fromisoformat(day.name)
    return [(last - timedelta(days=age)).isoformat() for age in range(DAYS_KEPT, 0, -1)]


def _slots(account: Account, name: str) -> tuple[int, ...]:
    day = account.days.get(name)
    return () if day is None else clock_hours(day, account.zone)


def _series(
    account: Account, campaign: Campaign, names: list[str], slots: Mapping[str, tuple[int, ...]]
) -> Floats:
    values = np.full(len(names) * DAY_HOURS, np.nan)
    for number, name in enumerate(names):
        told = campaign.days.get(name)
        # A day on which nobody told of the campaign: it was not there, or had nothing to spend.
        if told is not None:
            day = account.days[name]
            hours = _hours(told, day, account, campaign)
            place = values[number * DAY_HOURS : (number + 1) * DAY_HOURS]
            if day.hours == DAY_HOURS:
                place[:] = hours
            else:
                _by_name(place, hours, slots[name])
    return values


def _hours(told: bytes, day: Day, account: Account, campaign: Campaign) -> Floats:
    """Return what each hour cost; unknown are those not yet whole, and those in which it was not free to."""
    found = np.frombuffer(told, _CELL)["micros"][: day.hours]
    hours = np.zeros(day.hours)
    hours[: len(found)] = found
    hours[max(0, (account.told_until_ms - day.start_ms) // HOUR_MS) :] = np.nan
    for begin_ms, end_ms in campaign.pauses:
        last_ms = day.end_ms if end_ms is None else end_ms
        if begin_ms < day.end_ms and last_ms > day.start_ms:
            first = max(0, (begin_ms - day.start_ms) // HOUR_MS)
            hours[first : -(-(last_ms - day.start_ms) // HOUR_MS)] = np.nan
    return hours


def _by_name(place: Floats, hours: Floats, slots: tuple[int, ...]) -> None:
    """Put hours where their names are; one that there was twice is the mean of both."""
    for slot in set(slots):
        of_name = [hour for hour, name in zip(hours, slots, strict=True) if name == slot]
        place[slot] = np.mean(of_name)
