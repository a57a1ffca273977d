"""What a campaign's day has probably cost already, and where day and month are going.

The same learning as the deciders', over the days that are projected: of the account's other campaigns, and
of a lag that was learned, it knows nothing, so that a look at one campaign needs no more than its own rows.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from domain import local_time
from domain.forecast import history, outlook
from domain.forecast.evidence import evidence
from domain.forecast.lag import LagRow
from domain.forecast.model import Ahead, Evidence, PastDay
from domain.forecast.nowcast import Nowcast, nowcast
from domain.forecast.outlook import Burn, Outlook
from domain.pacing import cells
from domain.pacing.rows import CampaignRow
from headgate.campaign.plans import HOUR_MS

if TYPE_CHECKING:
    from domain.forecast.rows import CurveRow, HistoryRow
    from headgate.campaign.day import CampaignDay, SpentHour

PERMILLE: Final = 1_000
DAYS_AHEAD_MAX: Final = 62


class Looked(msgspec.Struct, frozen=True):
    """Where a campaign's day is, late reports in, and where it is going; what nobody can know is null."""

    so_far: Nowcast
    day_end: Outlook | None
    month_end: Outlook | None
    runs_out_ms: int | None
    """When the day's target is probably spent; null if not today."""
    budget_gone: str | None
    """On which day the amount of its terms is probably spent; null without one, or if not so soon."""
    burn: Burn
    late_micros: dict[int, int]
    """What was probably spent in hours that are not reported whole, beyond what is reported of them."""


def of(day: CampaignDay) -> Looked:
    """Return what is ahead of a campaign's day."""
    so_far = _so_far(day)
    learned = _learned(day)
    today = evidence(*learned, day.forecast, _named(day, day.day), day.now_ms)
    ends = _day_end(day, so_far, today)
    whole = day.running_hour if day.is_today else len(day.spent_micros)
    past = [hours for name, hours in day.days.items() if name != day.day]
    return Looked(
        so_far=so_far,
        day_end=ends,
        month_end=_month_end(day, learned, ends) if day.is_today else None,
        runs_out_ms=_runs_out_ms(day, so_far, today),
        budget_gone=_budget_gone(day, learned, so_far, today),
        burn=outlook.burn(day.spent_micros[:whole], past[::-1]),
        late_micros=_late(day, so_far),
    )


def _so_far(day: CampaignDay) -> Nowcast:
    if not day.is_today:
        total = day.total_micros
        return Nowcast(total, total, total, total)
    found, spent = b"", 0
    for hour, micros in enumerate(day.spent_micros):
        put = cells.put(found, hour, micros, day.as_of_ms - day.day_start_ms)
        found, spent = (put[0] if put else found), spent + micros
    row = CampaignRow(
        day=day.day,
        day_start_ms=day.day_start_ms,
        day_end_ms=day.day_end_ms,
        as_of_ms=day.as_of_ms,
        spent_micros=spent,
        recorded_micros=day.recorded_micros,
        cells=found,
    )
    delay_ms = max(0, day.as_of_ms - day.complete_until_ms) if day.complete_until_ms else 0
    return nowcast(LagRow(delay_ms=delay_ms), row, day.plan.hours_micros if day.plan else ())


def _learned(day: CampaignDay) -> tuple[HistoryRow | None, CurveRow | None]:
    known: tuple[HistoryRow | None, CurveRow | None] = (None, None)
    by_day: dict[str, list[SpentHour]] = {}
    for one in day.past:
        by_day.setdefault(one.day, []).append(one)
    for name, hours in by_day.items():
        if name < day.day:
            past = _past(name, hours, is_first=known[0] is None)
            known = history.learn(*known, past, date.fromisoformat(name).toordinal())
    return known


def _past(name: str, seen: list[SpentHour], *, is_first: bool) -> PastDay:
    clock_hours = local_time.clock_hours(seen[0].day_start_ms, seen[0].day_end_ms)
    micros, results = [0] * len(clock_hours), [(0, 0, 0)] * len(clock_hours)
    for one in seen:
        if one.hour < len(clock_hours):
            micros[one.hour] = one.spend_micros
            results[one.hour] = (one.impressions, one.clicks, one.conversions)
    # After its last hour of spend a day was mostly paused, and before its first one a campaign was not there:
    # what that would have cost, nobody knows.
    spent = [hour for hour, one in enumerate(micros) if one]
    first, last = (min(spent, default=0) if is_first else 0), max(spent, default=-1)
    return PastDay(
        weekday=date.fromisoformat(name).weekday(),
        clock_hours=clock_hours,
        hours_micros=tuple(micros),
        open=2 ** (last + 1) - 2**first if last >= first else 0,
        results=tuple(results),
    )


def _named(day: CampaignDay, name: str) -> Ahead:
    """Return a day as planning names it; those to come are taken to have all their hours."""
    hours = local_time.clock_hours(day.day_start_ms, day.day_end_ms) if name == day.day else tuple(range(24))
    return Ahead(date.fromisoformat(name).weekday(), hours)


def _day_end(day: CampaignDay, so_far: Nowcast, today: Evidence) -> Outlook | None:
    spends_on = day.is_today and day.standing.status_now == "enabled"
    if not spends_on:
        return Outlook(so_far.median_micros, so_far.low_micros, so_far.high_micros)
    since_ms = day.as_of_ms - day.day_start_ms
    over, into_ms = divmod(max(0, since_ms), HOUR_MS)
    found = outlook.day_end(so_far.median_micros, over, into_ms * PERMILLE // HOUR_MS, today)
    if found is None or found.low_micros is None or found.high_micros is None:
        return found
    # What was spent so far is not certain either.
    down, up = so_far.median_micros - so_far.low_micros, so_far.high_micros - so_far.median_micros
    return Outlook(
        found.expected_micros, max(so_far.low_micros, found.low_micros - down), found.high_micros + up
    )


def _month_end(
    day: CampaignDay, learned: tuple[HistoryRow | None, CurveRow | None], ends: Outlook | None
) -> Outlook | None:
    now = date.fromisoformat(day.day)
    before = sum(sum(hours) for name, hours in day.days.items() if day.day[:7] == name[:7] and name < day.day)
    left = monthrange(now.year, now.month)[1] - now.day
    days = [_whole_day(day, learned, now + timedelta(ahead)) for ahead in range(1, left + 1)]
    known = [one for one in days if one is not None]
    return None if ends is None or len(known) < left else outlook.period_end(before, ends, known)


def _whole_day(
    day: CampaignDay, learned: tuple[HistoryRow | None, CurveRow | None], when: date
) -> Outlook | None:
    known = evidence(*learned, None, _named(day, when.isoformat()), day.now_ms)
    return None if known.day_micros is None else outlook.whole_day(known.day_micros, known.day_error_permille)


def _rest_of_today(day: CampaignDay, today: Evidence) -> list[int]:
    """Return what the hours to come are expected to cost, zero for those that are over."""
    expected = today.expected_micros or (tuple(day.plan.hours_micros) if day.plan else ())
    running, into_ms = divmod(max(0, day.as_of_ms - day.day_start_ms), HOUR_MS)
    hours = [0 if hour < running else micros for hour, micros in enumerate(expected)]
    if running < len(hours):
        hours[running] = hours[running] * (HOUR_MS - into_ms) // HOUR_MS
    return hours


def _runs_out_ms(day: CampaignDay, so_far: Nowcast, today: Evidence) -> int | None:
    """Return about when today's target is used up; within its hour it goes evenly."""
    left = day.target_micros - so_far.median_micros
    if not day.is_today or left <= 0 or day.standing.status_now != "enabled":
        return None
    hours = _rest_of_today(day, today)
    found = outlook.exhaustion(left, [hours])
    if found is None:
        return None
    begin_ms = max(day.as_of_ms, day.day_start_ms + found.hour * HOUR_MS)
    length_ms = day.day_start_ms + (found.hour + 1) * HOUR_MS - begin_ms
    into = left - sum(hours[: found.hour])
    return begin_ms + length_ms * into // max(1, hours[found.hour])


def _budget_gone(
    day: CampaignDay,
    learned: tuple[HistoryRow | None, CurveRow | None],
    so_far: Nowcast,
    today: Evidence,
) -> str | None:
    """Return on which day the amount of a campaign's terms is used up, if it goes on as it does."""
    if day.period_left_micros is None or not day.is_today:
        return None
    now = date.fromisoformat(day.day)
    last = day.terms.last_day if day.terms else None
    if day.terms and day.terms.budget == "month":
        last = now.replace(day=monthrange(now.year, now.month)[1]).isoformat()
    until = DAYS_AHEAD_MAX if last is None else (date.fromisoformat(last) - now).days
    ahead = [_whole_day(day, learned, now + timedelta(number)) for number in range(1, until + 1)]
    days = [_rest_of_today(day, today), *([one.expected_micros] for one in ahead if one is not None)]
    late = so_far.median_micros - so_far.reported_micros
    found = outlook.exhaustion(max(0, day.period_left_micros - late), days)
    return None if found is None else (now + timedelta(found.days_ahead)).isoformat()


def _late(day: CampaignDay, so_far: Nowcast) -> dict[int, int]:
    """Lay what is probably late over the hours that are not whole, by what these lack of their plan."""
    late = so_far.median_micros - so_far.reported_micros
    if late <= 0 or day.plan is None:
        return {}
    since_ms = day.as_of_ms - day.day_start_ms
    first = max(0, min(day.complete_until_ms, day.as_of_ms) - day.day_start_ms) // HOUR_MS
    lacks: dict[int, int] = {}
    for hour in range(first, min(len(day.plan.hours_micros), since_ms // HOUR_MS + 1)):
        due = day.plan.hours_micros[hour] * min(HOUR_MS, since_ms - hour * HOUR_MS) // HOUR_MS
        spent = day.spent_micros[hour] if hour < len(day.spent_micros) else 0
        lacks[hour] = max(0, due - spent)
    whole = sum(lacks.values())
    return {hour: late * lack // whole for hour, lack in lacks.items()} if whole else {}
