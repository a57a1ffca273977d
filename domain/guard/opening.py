"""The hours in which a person's terms let a campaign spend: it stands still in the others."""

from datetime import date
from typing import Final

from domain import local_time
from domain.guard.look import Look
from domain.guard.plans import of_hour
from domain.local_time import HOUR_MS
from domain.pacing.rows import CampaignRow, TermsRow, terms_key
from events.types import TermsSet

WEEK_DAYS: Final = 7


def terms_of(look: Look) -> TermsSet | None:
    """Return what a person wants of a campaign, if anything."""
    row: TermsRow | None = look.draft.get(terms_key(look.key))
    return None if row is None else row.terms


def opens_ms(look: Look) -> int | None:
    """Return until when a campaign is to stand still by its terms, or nothing where it may spend now."""
    row, plan = look.row, look.plan
    if plan is None or not look.is_today or not row.target_micros:
        return None
    hour = local_time.hour_at(row.day_start_ms, look.now_ms)
    if of_hour(plan.totals, hour):
        return None
    terms = terms_of(look)
    if terms is None or not is_closing(terms):
        return None
    return next_open_ms(row, plan.totals, hour)


def is_closing(terms: TermsSet) -> bool:
    """Say whether terms close hours at all."""
    return bool(terms.open_hours) or terms.end_ms is not None or terms.start_ms is not None


def next_open_ms(row: CampaignRow, totals: bytes, hour: int) -> int:
    """Return when the next hour begins that has something planned, or when the day ends."""
    hours = len(local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms))
    ahead = (later for later in range(hour + 1, hours) if of_hour(totals, later))
    first = next(ahead, None)
    return row.day_end_ms if first is None else row.day_start_ms + first * HOUR_MS


def closes_ms(look: Look) -> int | None:
    """Return when the hours end that are open now, where that is within the day."""
    row, plan = look.row, look.plan
    terms = terms_of(look)
    if plan is None or terms is None or not is_closing(terms):
        return None
    hour = local_time.hour_at(row.day_start_ms, look.now_ms)
    hours = len(local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms))
    first = next((later for later in range(hour + 1, hours) if not of_hour(plan.totals, later)), None)
    return None if first is None else row.day_start_ms + first * HOUR_MS


def next_day_opens_ms(look: Look) -> int:
    """Return when the first open hour of the day after the row's begins, by its terms."""
    row, terms = look.row, terms_of(look)
    if terms is None or not terms.open_hours or not row.day:
        return row.day_end_ms
    weekday = date.fromisoformat(row.day).weekday()
    for ahead in range(1, WEEK_DAYS + 1):
        hours = terms.open_hours[(weekday + ahead) % WEEK_DAYS]
        if hours:
            first = (hours & -hours).bit_length() - 1
            return row.day_end_ms + ((ahead - 1) * local_time.DAY_HOURS + first) * HOUR_MS
    return row.day_end_ms + WEEK_DAYS * local_time.DAY_HOURS * HOUR_MS
