"""How much an average day costs: a fast and a slow average, trusted as far as they foresaw the last days."""

from typing import Final

from domain.forecast.rows import CurveRow, HistoryRow

MOST: Final = 2**62  # the largest day that can be kept; dearer ones count as this
_FAST: Final = 2
_SLOW: Final = 8
_WEEKDAYS_SEEN_MAX: Final = 8
_POOLED_SEEN_MAX: Final = 256
_BORROWED: Final = 4  # how many days of a weekday the account's experience of it counts as
_FACTOR_MAX: Final = 8000
_WRONG: Final = 1000


def expected(history: HistoryRow) -> int:
    """Return what an average day is expected to cost, in parts of a micro."""
    fast_wrong, slow_wrong = (1 + history.fast_error) ** 2, (1 + history.slow_error) ** 2
    return (history.fast * slow_wrong + history.slow * fast_wrong) // (fast_wrong + slow_wrong)


def of_day(history: HistoryRow, curve: CurveRow, weekday: int) -> int:
    """Return what a day of a weekday is expected to cost, in parts of a micro."""
    return expected(history) * of_weekday(history, curve, weekday) // 1000


def error_permille(history: HistoryRow) -> int | None:
    """Return by how much a day's cost is typically wrong; unknown before the second day."""
    return min(history.fast_error, history.slow_error) if history.days > 1 else None


def of_weekday(history: HistoryRow, curve: CurveRow, weekday: int) -> int:
    """Return what a weekday costs, in permille of an average day."""
    pooled_seen, seen = curve.weekdays_seen[weekday], history.weekdays_seen[weekday]
    pooled = (pooled_seen * curve.weekdays[weekday] + _BORROWED * 1000) // (pooled_seen + _BORROWED)
    return (seen * history.weekdays[weekday] + _BORROWED * pooled) // (seen + _BORROWED)


def folded(history: HistoryRow, weekday_permille: int, observed: int) -> tuple[int, int, int, int]:
    """Return both averages and how wrong each was, with a day's cost that was that of such a weekday."""
    average = min(MOST, observed * 1000 // max(1, weekday_permille))
    if not history.days:
        return average, average, 0, 0
    seen, weight = history.days + 1, min(1000, weekday_permille)
    return (
        _moved(history.fast, average, weight, _FAST),
        _moved(history.slow, average, weight, min(seen, _SLOW)),
        _moved(history.fast_error, _wrong(history.fast, average), weight, min(seen, _SLOW)),
        _moved(history.slow_error, _wrong(history.slow, average), weight, min(seen, _SLOW)),
    )


def factor(
    factors: tuple[int, ...], seen: tuple[int, ...], weekday: int, told: tuple[int, int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the weekdays' factors and how often each was seen, with a day that cost so much of so much."""
    observed, level, most = told
    count = min(seen[weekday] + 1, most)
    ratio = min(_FACTOR_MAX, observed * 1000 // level)
    moved = factors[weekday] + (ratio - factors[weekday]) // count
    return (
        (*factors[:weekday], moved, *factors[weekday + 1 :]),
        (*seen[:weekday], count, *seen[weekday + 1 :]),
    )


def own_factor(
    history: HistoryRow, weekday: int, observed: int, level: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return a campaign's weekdays with another day."""
    return factor(history.weekdays, history.weekdays_seen, weekday, (observed, level, _WEEKDAYS_SEEN_MAX))


def pooled_factor(
    curve: CurveRow, weekday: int, observed: int, level: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return an account's weekdays with a day of one of its campaigns."""
    return factor(curve.weekdays, curve.weekdays_seen, weekday, (observed, level, _POOLED_SEEN_MAX))


def _moved(known: int, new: int, weight: int, days: int) -> int:
    """Return an average with another day; one on which little is spent says little of the others."""
    return known + (new - known) * weight // (1000 * days)


def _wrong(level: int, observed: int) -> int:
    """Return how wrong a level was, in permille of what was observed or expected."""
    return abs(observed - level) * _WRONG // max(1, observed, level)
