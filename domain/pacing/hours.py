"""What all of an account's campaigns spent in each hour of a day, as far as reported: lag shows there."""

from collections.abc import Mapping

from domain.decision import Read
from domain.draft import Draft
from domain.pacing.rows import HoursRow, hours_key


def of_day(read: Read, subject: str, day: str) -> tuple[int, ...]:
    """Return what is reported of each hour of a day; nothing of one that is no longer kept."""
    row: HoursRow | None = read(hours_key(subject, day))
    return row.hours_micros if row is not None and row.day == day else ()


def grow(draft: Draft, subject: str, day: str, grown: Mapping[int, int]) -> None:
    """Add to the hours of a day what they have grown by; after a restatement that may be below zero."""
    key = hours_key(subject, day)
    row: HoursRow = draft.get(key) or HoursRow(day)
    if row.day > day:
        return  # its place is taken by a newer day
    known = list(row.hours_micros) if row.day == day else []
    known += [0] * (max(grown) + 1 - len(known))
    for hour, micros in grown.items():
        known[hour] += micros
    draft.changes[key] = HoursRow(day, tuple(known))
