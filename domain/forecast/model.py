"""What learning takes in and gives out: a finished day, the day ahead, and all that is known of it."""

from msgspec import Struct

from events.types.pacing import PlanSource

Micros = tuple[int, ...]


class PastDay(Struct, frozen=True):
    """One finished day of a campaign, hour by hour."""

    weekday: int
    """Zero is Monday."""
    clock_hours: tuple[int, ...]
    """What each hour is called on the wall: one is missing or comes twice where clocks move."""
    hours_micros: Micros
    open: int
    """As bits: the hours in which it was free to spend; what the others would have cost, nobody knows."""
    results: tuple[tuple[int, int, int], ...] = ()
    """Impressions, clicks and conversions of each hour, where they were told."""


class Ahead(Struct, frozen=True):
    """The day that something is wanted for."""

    weekday: int
    clock_hours: tuple[int, ...]


class Shape(Struct, frozen=True):
    """One idea of how a day's spend lies over its hours, and what the evidence says for it."""

    source: PlanSource
    weights_ppm: tuple[int, ...]
    share_permille: int


class Evidence(Struct, frozen=True):
    """All that planning may know of a campaign's day; what nobody can know yet is ``None``."""

    days: int
    """How many finished days it comes from."""
    shapes: tuple[Shape, ...]
    """One of each source that has something to say, also with no share; the shares are 1000 together."""
    expected_micros: Micros | None = None
    """As likely to be exceeded as not."""
    low80_micros: Micros | None = None
    high80_micros: Micros | None = None
    low95_micros: Micros | None = None
    high95_micros: Micros | None = None
    confidence_permille: int | None = None
    """How much of a day's spend typically comes in the hour in which it was expected."""
    day_micros: int | None = None
    """What such a day costs as a whole."""
    day_error_permille: int | None = None
    """By how much that is typically wrong."""
    performance_permille: tuple[int, ...] = ()
    """What an hour's money brings, against the average hour's 1000."""
    conversions_ppm: tuple[int, ...] | None = None
    """Predicted conversions of a million clicks, by hour."""
    click_micros: Micros | None = None
    """Predicted cost per click, by hour."""
