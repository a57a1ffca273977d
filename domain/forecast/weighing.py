"""Weighs the experts by how far off they were: with each day the worse ones lose their share."""

from collections.abc import Sequence
from typing import Final

from domain.forecast.fixed import FULL, half_to_the
from domain.forecast.rows import EXPERTS, CurveRow, HistoryRow, maturity

Losses = tuple[int, ...]

_OWN_FADING: Final = 4  # a campaign's last sixteen days count
_POOLED_FADING: Final = 9
_DAY: Final = 16  # the weight of one day; so that sums can fade
_POOLED_DAYS: Final = 3  # how many days of its own those of campaigns like it are worth
# With each day, one whose squared error is twice the best one's loses so many halves of its share, in 1/16.
_RATE: Final = 32
_FORECAST: Final = EXPERTS - 1
FULL_FORECAST_HOURS: Final = 168
ROUGH_MAX: Final = 8 * FULL
_CALM_MIN: Final = FULL // 8
LEAST_FORECAST_HOURS: Final = 24


def faded(sums: Losses, weight: int, losses: Sequence[int | None], fading: int) -> tuple[Losses, int]:
    """Return the sums with a day's losses; who was silent is thought as good as the last who was not."""
    new: list[int] = []
    for loss in losses:
        new.append(loss if loss is not None else new[-1])
    kept = (old - (old >> fading) + _DAY * loss for old, loss in zip(sums, new, strict=True))
    return tuple(kept), weight - (weight >> fading) + _DAY


def own(history: HistoryRow, losses: Sequence[int | None]) -> tuple[Losses, int]:
    """Return a campaign's losses with another day's."""
    return faded(history.losses, history.losses_weight, losses, _OWN_FADING)


def pooled(curve: CurveRow, days: int, losses: Sequence[int | None]) -> tuple[Losses, Losses]:
    """Return an account's losses with another day's, of a campaign that had so many days."""
    group = maturity(days)
    start = group * EXPERTS
    sums, weight = faded(
        curve.losses[start : start + EXPERTS], curve.losses_weight[group], losses, _POOLED_FADING
    )
    return (
        (*curve.losses[:start], *sums, *curve.losses[start + EXPERTS :]),
        (*curve.losses_weight[:group], weight, *curve.losses_weight[group + 1 :]),
    )


def own_faded(total: int, value: int) -> int:
    """Return a campaign's sum with another day's value; it goes with the weight of its losses."""
    return total - (total >> _OWN_FADING) + _DAY * value


def pooled_faded(totals: Losses, group: int, value: int) -> Losses:
    """Return an account's sums with another day's value; they go with the weights of its losses."""
    faded_total = totals[group] - (totals[group] >> _POOLED_FADING) + _DAY * value
    return (*totals[:group], faded_total, *totals[group + 1 :])


def shares(history: HistoryRow, curve: CurveRow, *, with_forecast: bool) -> list[int]:
    """Return the permille of trust that each expert has earned; together 1000."""
    typical, days = _typical(history, curve)
    best = max(1, min(typical if with_forecast else typical[:_FORECAST]))
    parts = [
        half_to_the(_RATE * days * (loss - best) // (best * _DAY)) if loss > best else 10**6
        for loss in typical
    ]
    parts[_FORECAST] = parts[_FORECAST] * forecast_permille(history.days) // 1000 if with_forecast else 0
    whole = sum(parts)
    given = [part * 1000 // whole for part in parts]
    given[max(range(EXPERTS), key=parts.__getitem__)] += 1000 - sum(given)
    return given


def forecast_permille(days: int) -> int:
    """Return how far a model's forecast may be trusted after so many days; a week makes it full."""
    beyond = min(days * 24, FULL_FORECAST_HOURS) - LEAST_FORECAST_HOURS
    return max(0, beyond * 1000 // (FULL_FORECAST_HOURS - LEAST_FORECAST_HOURS))


def _typical(history: HistoryRow, curve: CurveRow) -> tuple[list[int], int]:
    """Return each expert's loss on a day, and on how many days that rests, in sixteenths."""
    group = maturity(history.days)
    sums, weight = history.losses, history.losses_weight
    others, many = curve.losses[group * EXPERTS : (group + 1) * EXPERTS], curve.losses_weight[group]
    if not many:
        return [loss // max(1, weight) for loss in sums], weight
    borrowed = _POOLED_DAYS * _DAY
    return (
        [
            (loss + borrowed * other // many) // (weight + borrowed)
            for loss, other in zip(sums, others, strict=True)
        ],
        weight + borrowed,
    )


def rougher(curve: CurveRow, days: int, roughness: int) -> int:
    """Return how rough a day was against those of campaigns with as many days, as a coefficient."""
    many = curve.losses_weight[maturity(days)]
    usual = curve.roughness[maturity(days)] // many if many else roughness
    return min(ROUGH_MAX, roughness * FULL // max(1, usual))


def typical_roughness(history: HistoryRow) -> int:
    """Return how rough a campaign's days are against those of others, as a coefficient."""
    typical = (history.roughness + _DAY * FULL) // (history.losses_weight + _DAY)
    return max(_CALM_MIN, typical)


def misplaced(history: HistoryRow, curve: CurveRow) -> int | None:
    """Return which permille of a day's spend typically comes in other hours; unknown without any day's."""
    group = maturity(history.days)
    many = curve.losses_weight[group]
    borrowed = _POOLED_DAYS * _DAY if many else 0
    weight = history.losses_weight + borrowed
    if not weight:
        return None
    return (history.misplaced + borrowed * curve.misplaced[group] // max(1, many)) // weight
