"""Rows of what was learned and forecast, and the keys they lie under.

Sizes do not grow with time: a campaign's history is about a kilobyte, an account's curve about five.
"""

from typing import Final

from domain.decision import Row
from domain.forecast import grid, scores

MATURITIES: Final = 6
EXPERTS: Final = 5
_NONE: Final = (0,) * EXPERTS


class HistoryRow(Row, frozen=True, tag="h"):
    """What was learned of one campaign; of finished days only."""

    through: int = -1  # the number of the last day that is in here
    days: int = 0
    shape: bytes = grid.OWN.nothing
    seen: bytes = grid.OWN.unseen
    fast: int = 0  # what an average day costs, in 1/256 micros, by the newest days
    slow: int = 0  # and by more of them
    fast_error: int = 0
    slow_error: int = 0
    weekdays: tuple[int, ...] = (1000,) * 7  # permille of an average day
    weekdays_seen: tuple[int, ...] = (0,) * 7
    fits: tuple[int, ...] = ()
    losses: tuple[int, ...] = _NONE
    losses_weight: int = 0
    misplaced: int = 0  # permille of a day's spend that came in other hours, summed like losses
    roughness: int = 0  # against that of others with as much history, 1024 of them, summed like losses
    scores: bytes = scores.OWN.nothing
    widened: tuple[int, ...] = (0,) * 4  # how much further out than asked for each bound has to be
    hours: tuple[int, ...] = ()  # spend, impressions, clicks and conversions of each hour of the day

    shadow: "HistoryRow | None" = None  # the same campaign, as if it had just begun; now and then


class CurveRow(Row, frozen=True, tag="v"):
    """What an account's campaigns have in common, from which a new one borrows."""

    shape: bytes = grid.POOLED.nothing
    seen: bytes = grid.POOLED.unseen
    weekdays: tuple[int, ...] = (1000,) * 7
    weekdays_seen: tuple[int, ...] = (0,) * 7
    fits: tuple[int, ...] = ()
    losses: tuple[int, ...] = _NONE * MATURITIES
    losses_weight: tuple[int, ...] = (0,) * MATURITIES
    misplaced: tuple[int, ...] = (0,) * MATURITIES
    roughness: tuple[int, ...] = (0,) * MATURITIES
    scores: tuple[bytes, ...] = (scores.POOLED.nothing,) * MATURITIES


class ForecastRow(Row, frozen=True, tag="f"):
    """The newest forecast of one campaign's day."""

    day: str
    made_ms: int
    model: str
    q025_micros: tuple[int, ...]
    q100_micros: tuple[int, ...]
    q500_micros: tuple[int, ...]
    q900_micros: tuple[int, ...]
    q975_micros: tuple[int, ...]


def maturity(days: int) -> int:
    """Return which group of campaigns one of so many days of history is like: 0, 1, 2, 4, 8 or 15 and up."""
    return 5 if days > 14 else days.bit_length()  # noqa: PLR2004 - eight to fourteen are the last but one


def history_key(campaign: bytes) -> bytes:
    """Return where a campaign's history lies."""
    return campaign + b"\0history"


def forecast_key(campaign: bytes) -> bytes:
    """Return where a campaign's newest forecast lies."""
    return campaign + b"\0forecast"


def curve_key(subject: str) -> bytes:
    """Return where an account's curve lies; no campaign has an empty name."""
    return f"{subject}\0\0curve".encode()
