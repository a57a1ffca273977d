"""Which hours of its day a campaign was not free to spend in: its history does not learn from them."""

from domain.guard.rows import GuardRow
from domain.local_time import HOUR_MS
from domain.pacing.rows import CampaignRow


def held_bits(guard: GuardRow | None, row: CampaignRow, until_ms: int) -> int:
    """Return the hours of the row's day, as bits, in which a pause that still holds was in force by then.

    Hours of pauses that are over are in ``CampaignRow.closed_hours`` already.
    """
    if guard is None or not guard.since_ms or not row.day:
        return 0
    return hours_between(row, guard.since_ms, until_ms)


def hours_between(row: CampaignRow, from_ms: int, until_ms: int) -> int:
    """Return the hours of the row's day, as bits, that a stretch of time touches."""
    start_ms, end_ms = max(from_ms, row.day_start_ms), min(until_ms, row.day_end_ms)
    if end_ms <= start_ms:
        return 0
    first = (start_ms - row.day_start_ms) // HOUR_MS
    after = -(-(end_ms - row.day_start_ms) // HOUR_MS)
    return (1 << after) - (1 << first)
