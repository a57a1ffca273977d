"""What all of an account's campaigns spent in each hour of a day, as far as reported: lag shows there."""

from collections.abc import Mapping

from domain.decision import Read
from domain.draft import Draft
from domain.pacing.rows import HoursRow, hours_key
from events.types import SpendObserved


def of_day(read: Read, subject: str, day: str) -> HoursRow | None:
    """Return what is reported of a day; nothing of one that is no longer kept."""
    row: HoursRow | None = read(hours_key(subject, day))
    return row if row is not None and row.day == day else None


def grow(draft: Draft, subject: str, page: SpendObserved, grown: Mapping[int, int]) -> None:
    """Add what the hours of a page's day have grown by; after a restatement that may be below zero."""
    key = hours_key(subject, page.day)
    row: HoursRow = draft.get(key) or HoursRow()
    if row.day > page.day:
        return  # its place is taken by a newer day
    known = list(row.hours_micros) if row.day == page.day else []
    known += [0] * (max(grown) + 1 - len(known))
    for hour, micros in grown.items():
        known[hour] += micros
    draft.changes[key] = HoursRow(page.day, page.day_start_ms, tuple(known))
