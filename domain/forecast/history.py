"""Learning: folds one finished day of a campaign into what is known of it and of its account."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.forecast import bands, experts, grid, level, performance, scores, weighing
from domain.forecast.fixed import DAY, FINE, ONE, to_mean_one
from domain.forecast.model import PastDay
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow, maturity

HISTORY_DAYS_MAX: Final = 1_000
# Of a day of which less than an eighth was free to spend, what it would have cost as a whole is a guess.
_LEAST: Final = DAY // 8
_WEIGHT_MAX: Final = 2**16 - 1
# Before a whole week, what is known of an average day depends on which weekdays there were.
_WEEKDAYS_FROM: Final = 7
# The eighth week after the second, and a day, so that it begins on every weekday in turn.
_SHADOW_FROM: Final = 14
_SHADOW_EVERY: Final = 57
_SHADOW_DAYS: Final = 8
_MANY: Final = 8

Hours = list[tuple[int, int]]


class _Seen(Struct, gc=False):
    """A day as it was expected and as it came."""

    weekday: int
    view: experts.View
    blend: list[int]
    observed: int  # what it would have cost had all of it been free to spend
    weights: Hours  # clock hour and weight; none where nothing was spent
    offs: list[int]  # scores; none where nothing was expected


def learn(
    history: HistoryRow | None,
    curve: CurveRow | None,
    day: PastDay,
    number: int,
    forecast: ForecastRow | None = None,
) -> tuple[HistoryRow, CurveRow]:
    """Return what is known with one more day in it; a day that is not the newest changes nothing.

    `number` counts days, from any beginning. A `forecast` of that day is judged by how the day came.
    """
    history, curve = history or HistoryRow(), curve or CurveRow()
    if number <= history.through:
        return history, curve
    shadow, curve = _shadowed(history, curve, day, number)
    known, common = _folded(history, curve, day, number, forecast)
    return replace(known, shadow=shadow), common


def _shadowed(
    history: HistoryRow, curve: CurveRow, day: PastDay, number: int
) -> tuple[HistoryRow | None, CurveRow]:
    """Return a campaign as if it had begun some days ago, and what its account learns of beginners from that.

    An account's first campaigns began when it knew nothing; those that begin later are better foreseen.
    """
    shadow = history.shadow
    if shadow is None:
        begins = history.days % _SHADOW_EVERY == _SHADOW_FROM
        if not begins or not _is_among_many(history, curve, day.weekday):
            return None, curve
        shadow = HistoryRow()
    shadow, common = _folded(shadow, curve, day, number, None)
    learned = replace(
        curve,
        fits=common.fits,
        losses=common.losses,
        losses_weight=common.losses_weight,
        misplaced=common.misplaced,
        roughness=common.roughness,
        scores=common.scores,
    )
    return (shadow if shadow.days < _SHADOW_DAYS else None), learned


def _is_among_many(history: HistoryRow, curve: CurveRow, weekday: int) -> bool:
    """Say whether a campaign's own days are but a small part of what its account has seen."""
    line = 2 + weekday
    return max(grid.POOLED.count(curve.seen, line)) >= _MANY * max(grid.OWN.count(history.seen, line))


def _folded(
    history: HistoryRow, curve: CurveRow, day: PastDay, number: int, forecast: ForecastRow | None
) -> tuple[HistoryRow, CurveRow]:
    """Return both with one more day."""
    seen = _see(history, curve, day)
    if seen is None:
        return replace(history, through=number), curve
    judged = _line(day.clock_hours, forecast.q500_micros) if forecast else None
    shaped, common = _shape(history, curve, seen, judged)
    shaped, common = _spread(history, curve, seen, shaped, common)
    fast, slow, fast_error, slow_error = level.folded(
        history, level.of_weekday(history, curve, day.weekday), seen.observed
    )
    known = replace(
        shaped,
        through=number,
        days=min(history.days + 1, HISTORY_DAYS_MAX),
        fast=fast,
        slow=slow,
        fast_error=fast_error,
        slow_error=slow_error,
        hours=performance.folded(history.hours, day),
    )
    return known, common


def blended(view: experts.View, shares: list[int]) -> list[int]:
    """Return what the experts say together; the shares are those of the experts that need no model."""
    even, account, day, week, _ = shares
    flat = even * ONE
    return [
        (flat + account * first + day * second + week * third) // 1000
        for first, second, third in zip(view.account, view.day, view.week, strict=True)
    ]


def _see(history: HistoryRow, curve: CurveRow, day: PastDay) -> _Seen | None:
    """Return a day beside what was expected of it; ``None`` if too little of it says anything."""
    pairs = enumerate(zip(day.clock_hours, day.hours_micros, strict=True))
    hours = [pair for place, pair in pairs if day.open >> place & 1]
    view = experts.look(history, curve, day.weekday)
    blend = to_mean_one(blended(view, weighing.shares(history, curve, with_forecast=False)))
    weight = sum([blend[clock] for clock, _ in hours])
    if weight < _LEAST:
        return None
    spent = sum([micros for _, micros in hours])
    unit = DAY * FINE
    # As weights against the expected level; the campaign's roughness is the unit of its scores.
    expected, rough = level.of_day(history, curve, day.weekday), weighing.typical_roughness(history)
    return _Seen(
        weekday=day.weekday,
        view=view,
        blend=blend,
        observed=min(level.MOST, spent * unit // weight),
        weights=[(clock, min(_WEIGHT_MAX, micros * weight // spent)) for clock, micros in hours]
        if spent
        else [],
        offs=[bands.off(micros * unit // expected, blend[clock], rough) for clock, micros in hours]
        if expected
        else [],
    )


def _shape(
    history: HistoryRow, curve: CurveRow, seen: _Seen, forecast: list[int] | None
) -> tuple[HistoryRow, CurveRow]:
    """Return both with the day's shape, and with what it says of the experts."""
    if not seen.weights:
        return history, curve
    losses = experts.losses(seen.view, forecast, seen.weights)
    own_losses, own_weight = weighing.own(history, losses)
    all_losses, all_weight = weighing.pooled(curve, history.days, losses)
    misplaced, roughness = _misplaced(seen), bands.roughness(seen.blend, seen.weights)
    rougher = weighing.rougher(curve, history.days, roughness)
    group = maturity(history.days)
    all_fits, own_fits = experts.fitted(curve.fits, history.fits, seen.view, seen.weights)
    own_shape, own_seen = grid.OWN.fold(history.shape, history.seen, seen.weekday, seen.weights)
    all_shape, all_seen = grid.POOLED.fold(curve.shape, curve.seen, seen.weekday, seen.weights)
    return (
        replace(
            history,
            shape=own_shape,
            seen=own_seen,
            fits=own_fits,
            losses=own_losses,
            losses_weight=own_weight,
            misplaced=weighing.own_faded(history.misplaced, misplaced),
            roughness=weighing.own_faded(history.roughness, rougher),
        ),
        replace(
            curve,
            shape=all_shape,
            seen=all_seen,
            fits=all_fits,
            losses=all_losses,
            losses_weight=all_weight,
            misplaced=weighing.pooled_faded(curve.misplaced, group, misplaced),
            roughness=weighing.pooled_faded(curve.roughness, group, roughness),
        ),
    )


def _spread(
    history: HistoryRow, curve: CurveRow, seen: _Seen, shaped: HistoryRow, common: CurveRow
) -> tuple[HistoryRow, CurveRow]:
    """Return both with how far the day's hours and its total were off."""
    if not seen.offs:
        return shaped, common
    group = maturity(history.days)
    bins = [scores.bin_of(off) for off in seen.offs]
    tallies = list(curve.scores)
    # What was expected of a weekday that the account hardly knew says little of what will be.
    weight = min(scores.WEIGHT, 1 + curve.weekdays_seen[seen.weekday])
    tallies[group] = scores.POOLED.fold(tallies[group], bins, weight)
    known = bands.bounds(history, curve)
    shaped = replace(
        shaped,
        # Its first days are foreseen worse than those that come, so their errors count for less.
        scores=scores.OWN.fold(history.scores, bins, min(scores.WEIGHT, 2 + 2 * history.days)),
        widened=bands.widened(history.widened, known, seen.offs),
    )
    common = replace(common, scores=tuple(tallies))
    if history.days < _WEEKDAYS_FROM:
        return shaped, common
    average = level.expected(history)
    own = level.own_factor(history, seen.weekday, seen.observed, average)
    pooled = level.pooled_factor(curve, seen.weekday, seen.observed, average)
    return (
        replace(shaped, weekdays=own[0], weekdays_seen=own[1]),
        replace(common, weekdays=pooled[0], weekdays_seen=pooled[1]),
    )


def _misplaced(seen: _Seen) -> int:
    """Return which permille of a day came in other hours than expected."""
    whole = sum([weight for _, weight in seen.weights])
    off = sum([abs(weight - seen.blend[clock]) for clock, weight in seen.weights])
    return off * 1000 // (2 * whole) if whole else 0


def _line(clock_hours: tuple[int, ...], micros: tuple[int, ...]) -> list[int] | None:
    """Return the weights of a forecast by clock hour; ``None`` if it is of no such day, or of nothing."""
    if len(micros) != len(clock_hours) or not any(micros):
        return None
    line, count = [0] * 24, [0] * 24
    for clock, hour in zip(clock_hours, micros, strict=True):
        line[clock] += hour
        count[clock] += 1
    return to_mean_one([hour // (many or 1) for hour, many in zip(line, count, strict=True)])
