"""Learning: folds one finished day of a campaign into what is known of it and of its account."""

from typing import Final

from msgspec.structs import replace

from domain.forecast import bands, experts, grid, level, performance, scores, weighing
from domain.forecast.model import PastDay
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow, maturity
from domain.forecast.seen import Seen, by_clock, misplaced, see

HISTORY_DAYS_MAX: Final = 1_000
# Before a whole week, what is known of an average day depends on which weekdays there were.
_WEEKDAYS_FROM: Final = 7
# The eighth week after the second, and a day, so that it begins on every weekday in turn.
_SHADOW_FROM: Final = 14
_SHADOW_EVERY: Final = 57
_SHADOW_DAYS: Final = 8
_MANY: Final = 8


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
    seen = see(history, curve, day)
    if seen is None:
        return replace(history, through=number), curve
    judged = by_clock(day.clock_hours, forecast.q500_micros) if forecast else None
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


def _shape(
    history: HistoryRow, curve: CurveRow, seen: Seen, forecast: list[int] | None
) -> tuple[HistoryRow, CurveRow]:
    """Return both with the day's shape, and with what it says of the experts."""
    if not seen.weights:
        return history, curve
    losses = experts.losses(seen.view, forecast, seen.weights)
    own_losses, own_weight = weighing.own(history, losses)
    all_losses, all_weight = weighing.pooled(curve, history.days, losses)
    astray, roughness = misplaced(seen), bands.roughness(seen.blend, seen.weights)
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
            misplaced=weighing.own_faded(history.misplaced, astray),
            roughness=weighing.own_faded(history.roughness, rougher),
        ),
        replace(
            curve,
            shape=all_shape,
            seen=all_seen,
            fits=all_fits,
            losses=all_losses,
            losses_weight=all_weight,
            misplaced=weighing.pooled_faded(curve.misplaced, group, astray),
            roughness=weighing.pooled_faded(curve.roughness, group, roughness),
        ),
    )


def _spread(
    history: HistoryRow, curve: CurveRow, seen: Seen, shaped: HistoryRow, common: CurveRow
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
