"""When a campaign may spend: the hours of the week that its terms open, from its start to its end."""

from collections.abc import Sequence

from domain.local_time import HOUR_MS
from events.types import TermsSet

OpenMs = tuple[int, ...]


def open_ms(
    terms: TermsSet | None, weekday: int, clock_hours: Sequence[int], hours_ms: Sequence[int], start_ms: int
) -> OpenMs:
    """Return how much of each hour of a day is open; where nobody says anything, all of it."""
    if terms is None or not (terms.open_hours or terms.start_ms is not None or terms.end_ms is not None):
        return tuple(hours_ms)
    mask = terms.open_hours[weekday] if terms.open_hours else -1
    first_ms = start_ms if terms.start_ms is None else terms.start_ms
    end_ms = start_ms + sum(hours_ms) if terms.end_ms is None else terms.end_ms
    opened = []
    for hour, length_ms in enumerate(hours_ms):
        from_ms = start_ms + hour * HOUR_MS
        within_ms = min(from_ms + length_ms, end_ms) - max(from_ms, first_ms)
        named = clock_hours[min(hour, len(clock_hours) - 1)]
        opened.append(max(0, within_ms) if mask >> named & 1 else 0)
    return tuple(opened)
