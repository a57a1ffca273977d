"""What all of an account's campaigns spent in each hour of a day, as far as reported: lag shows there."""

from collections.abc import Mapping
from typing import Final

from domain.draft import Draft
from domain.pacing.rows import HoursRow, days_before, hours_key

DAYS_KEPT: Final = 4  # nobody learns of a lag from what is older
DAYS_SKIPPED_MAX: Final = 7  # as long as an account may have been silent


def grow(draft: Draft, subject: str, day: str, grown: Mapping[int, int]) -> None:
    """Add to the hours of a day what they have grown by; after a restatement that may be below zero."""
    key = hours_key(subject, day)
    row: HoursRow | None = draft.get(key)
    known = list(row.hours_micros) if row is not None else []
    known += [0] * (max(grown) + 1 - len(known))
    for hour, micros in grown.items():
        known[hour] += micros
    draft.changes[key] = HoursRow(tuple(known))
    if row is None:
        bury(draft, subject, day)


def bury(draft: Draft, subject: str, day: str) -> None:
    """Delete the days that are too old to learn from, now that a new one has begun."""
    for ahead in range(DAYS_SKIPPED_MAX):
        key = hours_key(subject, days_before(day, DAYS_KEPT + ahead))
        if draft.get(key) is not None:
            draft.changes[key] = None
