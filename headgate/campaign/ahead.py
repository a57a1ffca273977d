"""What a campaign's day has probably cost already, and where it is going: from what is projected alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from headgate.campaign.plans import HOUR_MS, planned_micros

if TYPE_CHECKING:
    from headgate.campaign.day import CampaignDay

WEEK: Final = 7
# Of what is late: a tenth more or less, as an hour differs from the next.
SPREAD_PERMILLE: Final = 150


class Range(msgspec.Struct, frozen=True):
    """An amount that is probably right, and between which it is four times of five."""

    micros: int
    low_micros: int
    high_micros: int


class Ahead(msgspec.Struct, frozen=True):
    """Where a campaign's day is, late reports in, and where it is going; what nobody can know is null."""

    so_far: Range
    day_end: Range | None
    month_end: Range | None
    runs_out_ms: int | None
    """When its target is probably spent; null if not today."""
    hour_micros: int | None
    """What the last whole hour has cost."""
    week_micros: int
    """What the seven days up to now have cost."""
    week_days: int
    """Of how many of these anything is known."""


def of(day: CampaignDay) -> Ahead:
    """Return what is ahead of a campaign's day."""
    so_far = nowcast(day)
    rest = _rest(day, so_far)
    week = [sum(hours) for name, hours in day.days.items() if name != day.day][-(WEEK - 1) :]
    return Ahead(
        so_far=so_far,
        day_end=rest,
        month_end=None,
        runs_out_ms=_runs_out_ms(day, so_far),
        hour_micros=_last_hour_micros(day),
        week_micros=sum(week) + day.total_micros,
        week_days=len(week) + 1,
    )


def nowcast(day: CampaignDay) -> Range:
    """Add to what is reported what its late hours have probably cost beyond that."""
    late = sum(probable_by_hour(day).values())
    spread = late * SPREAD_PERMILLE // 1_000
    total = day.total_micros
    return Range(total + late, total + late - spread, total + late + spread)


def probable_by_hour(day: CampaignDay) -> dict[int, int]:
    """Return what the hours that are not whole have probably cost beyond what is reported of them."""
    if not day.is_today:
        return {}
    rate = _rate(day)
    found: dict[int, int] = {}
    first = max(0, day.complete_until_ms - day.day_start_ms) // HOUR_MS
    for hour in range(first, day.running_hour + 1):
        begin_ms = day.day_start_ms + hour * HOUR_MS
        cost = rate * min(HOUR_MS, day.now_ms - begin_ms) // HOUR_MS
        reported = day.spent_micros[hour] if hour < len(day.spent_micros) else 0
        found[hour] = max(0, cost - reported)
    return found


def _rate(day: CampaignDay) -> int:
    """Return what an hour costs at present: as the last whole one did, else as planned."""
    if day.standing.status != "enabled":
        return 0
    last = _last_hour_micros(day)
    if last is not None:
        return last
    return day.plan.hours_micros[0] if day.plan and day.plan.hours_micros else 0


def _last_hour_micros(day: CampaignDay) -> int | None:
    """Return what the newest hour has cost that is over and reported whole."""
    whole = (min(day.complete_until_ms, day.now_ms) - day.day_start_ms) // HOUR_MS
    return day.spent_micros[whole - 1] if 0 < whole <= len(day.spent_micros) else None


def _rest(day: CampaignDay, so_far: Range) -> Range | None:
    plan = day.plan
    if plan is None or not plan.hours_micros or day.standing.status == "removed":
        return None
    if not day.is_today:
        return Range(day.total_micros, day.total_micros, day.total_micros)
    if day.standing.status == "paused":
        return so_far
    lows, highs = plan.low_micros, plan.high_micros
    ahead = _ahead_micros(day, plan.hours_micros)
    if not lows or not highs:
        return None
    return Range(
        so_far.micros + ahead,
        so_far.low_micros + _ahead_micros(day, lows),
        so_far.high_micros + _ahead_micros(day, highs),
    )


def _ahead_micros(day: CampaignDay, hours_micros: list[int]) -> int:
    day_ms = day.day_end_ms - day.day_start_ms
    return sum(hours_micros) - planned_micros(hours_micros, day.now_ms - day.day_start_ms, day_ms)


def _runs_out_ms(day: CampaignDay, so_far: Range) -> int | None:
    """Return when the target is spent if it goes on as the last hour did."""
    rate, left = _rate(day), day.target_micros - so_far.micros
    if not day.is_today or not rate or left <= 0:
        return None
    at_ms = day.now_ms + left * HOUR_MS // rate
    return at_ms if at_ms < day.day_end_ms else None
