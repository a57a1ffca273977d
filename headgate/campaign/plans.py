"""What a plan's hours add up to by an instant, and what it was made of, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR_MS: Final = 3_600_000
# What has less of a plan than one in a hundred is not worth a word.
TOLD_PERMILLE: Final = 10
SOURCES: Final = {
    "even": "evenly spread",
    "account": "the account's usual day",
    "hour_of_day": "its own usual day",
    "hour_of_week": "its own usual week",
    "forecast": "the model's forecast",
    "performance": "what its hours bring",
    "curve": "the curve of its terms",
}


def planned_micros(hours_micros: Sequence[int], since_start_ms: int, day_ms: int) -> int:
    """Return what may have been spent so long after a day's start; its last hour may be a short one."""
    if since_start_ms >= day_ms:
        return sum(hours_micros)
    hour, into_ms = divmod(max(0, since_start_ms), HOUR_MS)
    if hour >= len(hours_micros):
        return sum(hours_micros)
    return sum(hours_micros[:hour]) + hours_micros[hour] * into_ms // min(HOUR_MS, day_ms - hour * HOUR_MS)


def made_of(sources: Sequence[str], shares_permille: Sequence[int]) -> str:
    """Say which shapes a plan is made of, the largest share first; what has next to none is left out."""
    parts = sorted(zip(shares_permille, sources, strict=True), key=lambda part: (-part[0], part[1]))
    said = [(share, SOURCES.get(source, source)) for share, source in parts if share >= TOLD_PERMILLE]
    if len(said) == 1:
        return said[0][1]
    return ", ".join(f"{share // 10} % {source}" for share, source in said) or SOURCES["even"]


def confidence(confidence_permille: int | None, history_days: int) -> str:
    """Say how sure a plan is; where nothing is known, that is what is said."""
    if confidence_permille is None:
        return "unknown on its first day" if not history_days else "unknown"
    days = f"{history_days} day{'' if history_days == 1 else 's'}"
    return f"{confidence_permille // 10} % from {days} of history"
