"""A campaign's days: a new one begins, the last one becomes a row of its own, old ones are buried."""

from datetime import date
from functools import lru_cache
from typing import Final

from domain.decision import Read, Refused, Row
from domain.draft import Draft
from domain.guard.holding import held_bits
from domain.guard.rows import guard_key
from domain.pacing import nights, periods, plan
from domain.pacing.rows import (
    DAYS_KEPT,
    RECORDED_BUCKETS,
    CampaignRow,
    DayRow,
    campaign_key,
    day_key,
    days_before,
    recorded_key,
)
from events.types import SpendObserved

EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
DAY_MS: Final = 86_400_000
ZONE_MS_MAX: Final = 14 * 3_600_000  # nowhere is local midnight further from that of UTC
DAYS_REMEMBERED: Final = 4096  # a log speaks of few days, again and again


@lru_cache(DAYS_REMEMBERED)
def number(day: str) -> int:
    """Return how many days after the first of 1970 a day is; refuse one that no calendar has."""
    try:
        since = date.fromisoformat(day).toordinal() - EPOCH_ORDINAL
    except ValueError as error:
        raise Refused("no-such-day", f"{day} is in no calendar") from error
    if since < 0:
        raise Refused("no-such-day", f"{day} is before 1970")
    return since


def refuse_elsewhere(day: str, day_start_ms: int) -> None:
    """Refuse a day that does not begin when it says: a wrong one ahead would bury all that are right."""
    if abs(number(day) * DAY_MS - day_start_ms) > ZONE_MS_MAX:
        raise Refused("day-bounds", f"{day} does not begin at {day_start_ms} in any time zone")


def begin(draft: Draft, subject: str, campaign: str, row: CampaignRow, page: SpendObserved) -> CampaignRow:
    """Return the campaign at the start of a page's day, with its last day put away.

    What was learned from the last day and what follows for this one is the night's work.
    """
    key = campaign_key(subject, campaign)
    put_away(draft.read, draft.changes, key, row, page.day)
    past: DayRow | None = draft.read(day_key(key, page.day))  # increments may have come before the first page
    begun = CampaignRow(
        budget_micros=row.budget_micros,
        budget_as_of_ms=row.budget_as_of_ms,
        wanted_micros=row.wanted_micros,
        target_micros=row.target_micros,
        day=page.day,
        day_start_ms=page.day_start_ms,
        day_end_ms=page.day_end_ms,
        as_of_ms=page.day_start_ms,
        recorded_micros=past.recorded_micros if past else 0,
        alerts=row.alerts,
    )
    if row.day:
        begun = plan.start(draft, key, begun)
        nights.wait(draft, subject, campaign)
    return begun


def put_away(
    read: Read, changes: dict[bytes, Row | None], key: bytes, row: CampaignRow, new_day: str
) -> None:
    """Write the day that is over under its own key and bury the days that nobody restates any more."""
    if not row.day:
        return
    oldest = days_before(new_day, DAYS_KEPT)
    closed = row.closed_hours | held_bits(read(guard_key(key)), row, row.day_end_ms)
    over = DayRow(row.cells, row.recorded_micros, row.results, closed, row.day_start_ms, row.day_end_ms)
    if row.day >= oldest:
        changes[day_key(key, row.day)] = over
    else:
        periods.carry(read, changes, key, row.day, over)
    first = days_before(row.day, DAYS_KEPT)
    span = min((date.fromisoformat(oldest) - date.fromisoformat(first)).days, DAYS_KEPT + 1)
    for ahead in range(span):
        bury(read, changes, key, days_before(first, -ahead))


def bury(read: Read, changes: dict[bytes, Row | None], key: bytes, day: str) -> None:
    """Delete what is known of one day of a campaign, where there is anything."""
    periods.carry(read, changes, key, day)
    for dead in (day_key(key, day), *(recorded_key(key, day, bucket) for bucket in range(RECORDED_BUCKETS))):
        if read(dead) is not None:
            changes[dead] = None


def refuse_buried(newest_day: str, day: str) -> None:
    """Refuse what belongs to a day that is no longer kept: it would count from zero again."""
    if day < days_before(newest_day, DAYS_KEPT):
        raise Refused("day-too-old", f"{day} is more than {DAYS_KEPT} days before {newest_day}")
