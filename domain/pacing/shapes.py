"""What each strategy makes of the evidence: the weights of a day's hours, and what they come from."""

from collections.abc import Iterable, Sequence
from typing import Final

from domain import money
from domain.forecast.model import Evidence, Shape
from domain.pacing import curves, dayparts
from events.types import PlanPart, PolicySet, Strategy, TermsSet
from events.types.pacing import PlanSource

Weights = tuple[int, ...]
Parts = tuple[PlanPart, ...]

PPM: Final = 1_000_000
# A prediction needs a day of history, and takes the place of history step by step within a week.
PREDICTED_DAYS: Final = 7
WHOLE: Final = 1000
LEARNED: Final[frozenset[PlanSource]] = frozenset({"account", "hour_of_day", "hour_of_week"})
EVEN: Final = (PlanPart("even", WHOLE),)
CURVE: Final = (PlanPart("curve", WHOLE),)


def strategy_of(terms: TermsSet | None, policy: PolicySet) -> Strategy:
    """Return how a campaign is planned: as its terms say, else as its channel is, else as all are."""
    if terms is not None and terms.strategy is not None:
        return terms.strategy
    channel = None if terms is None else terms.channel
    for one in policy.plan_channels:
        if one.channel == channel:
            return one.strategy
    return policy.plan_strategy


def named(terms: TermsSet, clock_hours: Sequence[int], open_ms: dayparts.OpenMs) -> tuple[Weights, Parts]:
    """Return the weights of a person's curve, which lies over the hours that are open."""
    opened = [hour for hour, length_ms in enumerate(open_ms) if length_ms]
    clocks = [clock_hours[min(hour, len(clock_hours) - 1)] for hour in opened]
    over = curves.weights(terms.curve or "flat", terms.curve_weights, clocks)
    weights = [0] * len(open_ms)
    for hour, weight in zip(opened, over, strict=True):
        weights[hour] = weight
    return tuple(weights), CURVE


def made(strategy: Strategy, evidence: Evidence, hours: int) -> tuple[Weights, Parts]:
    """Return the weights of so many hours and what they come from; without evidence they are even."""
    if strategy == "EVEN":
        return (PPM,) * hours, EVEN
    if strategy == "ADAPTIVE_HYBRID":
        return _mixed([(shape, shape.share_permille) for shape in evidence.shapes], hours)
    if strategy == "PREDICTIVE_ML":
        return _mixed(_predicted(evidence), hours)
    weights, parts = _mixed(_learned(evidence), hours)
    if strategy == "PERFORMANCE_WEIGHTED" and evidence.performance_permille:
        return _weighted(weights, parts, _fitted(evidence.performance_permille, hours))
    return weights, parts


def _learned(evidence: Evidence) -> list[tuple[Shape, int]]:
    """Return the campaign's own past, as far as there is any, within that of its account."""
    shapes = [shape for shape in evidence.shapes if shape.source in LEARNED]
    if not any(shape.share_permille for shape in shapes):
        return [(shape, 1) for shape in shapes if shape.source == "account"]
    return [(shape, shape.share_permille) for shape in shapes]


def _predicted(evidence: Evidence) -> list[tuple[Shape, int]]:
    share = min(WHOLE, WHOLE * evidence.days // PREDICTED_DAYS)
    forecast = [(shape, share) for shape in evidence.shapes if shape.source == "forecast" and share]
    learned = _learned(evidence)
    if not forecast:
        return learned
    if share == WHOLE or not learned:
        return forecast
    rest = money.spread(WHOLE - share, [weight for _, weight in learned])
    return forecast + [(shape, part) for (shape, _), part in zip(learned, rest, strict=True)]


def _mixed(given: Iterable[tuple[Shape, int]], hours: int) -> tuple[Weights, Parts]:
    """Return the average of shapes by their shares, each of them of the same whole."""
    shapes = [(shape, share) for shape, share in given if share and any(shape.weights_ppm)]
    if not shapes:
        return (PPM,) * hours, EVEN
    shares = money.spread(WHOLE, [share for _, share in shapes])
    weights = [0] * hours
    for (shape, _), share in zip(shapes, shares, strict=True):
        factor = share * PPM // sum(shape.weights_ppm) if share else 0
        for hour, weight in enumerate(_fitted(shape.weights_ppm, hours)):
            weights[hour] += weight * factor
    parts = {shape.source: share for (shape, _), share in zip(shapes, shares, strict=True) if share}
    return tuple(weights), tuple(PlanPart(source, share) for source, share in parts.items())


def _weighted(weights: Weights, parts: Parts, performance: Sequence[int]) -> tuple[Weights, Parts]:
    """Return weights times what an hour's money brings, and how much of the day that has moved."""
    better = tuple(weight * factor for weight, factor in zip(weights, performance, strict=True))
    if not any(better):
        return weights, parts
    moved = moved_permille(weights, better)
    if not moved:
        return better, parts
    shares = money.spread(WHOLE - moved, [part.share_permille for part in parts])
    base = [PlanPart(part.source, share) for part, share in zip(parts, shares, strict=True) if share]
    return better, (*base, PlanPart("performance", moved))


def moved_permille(before: Sequence[int], after: Sequence[int]) -> int:
    """Return how much of a day lies in other hours than before."""
    whole, other = sum(before), sum(after)
    away = sum(max(0, a * whole - b * other) for b, a in zip(before, after, strict=True))
    return WHOLE * away // (whole * other)


def _fitted(weights: Sequence[int], hours: int) -> Sequence[int]:
    """Return weights for as many hours as there are: the longest of days repeats its last one."""
    return weights if len(weights) == hours else [*weights, *[weights[-1]] * hours][:hours]
