"""Plans a day: what each of its hours may cost, how sure that is, and what it was made of."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain import money
from domain.forecast.model import Ahead, Evidence
from domain.pacing import dayparts, protection, shapes
from events.limits import AMOUNT_MICROS_MAX
from events.types import CampaignPlan, PlanPart, PolicySet, Strategy, TermsSet
from events.types.pacing import HISTORY_DAYS_MAX

Micros = tuple[int, ...]

# An hour that gets more than its usual share is wider than usual by this much at most: what was seen on a
# trickle says little of a stream.
BAND_STRETCH_MAX: Final = 4

strategy_of = shapes.strategy_of


class Ask(Struct, frozen=True):
    """Everything that a plan depends on."""

    target_micros: int
    ahead: Ahead
    hours_ms: tuple[int, ...]
    """How long each hour is; the last may be shorter."""
    strategy: Strategy
    """As `strategy_of` has found it."""
    terms: TermsSet | None
    policy: PolicySet
    evidence: Evidence
    day_start_ms: int
    kept_micros: Micros = ()
    """What the hours that are over had; they keep it, as far as the target reaches."""

    def __post_init__(self) -> None:
        if not 0 <= self.target_micros <= AMOUNT_MICROS_MAX:
            raise ValueError(f"a day's target is 0 to {AMOUNT_MICROS_MAX} micros, not {self.target_micros}")
        if not self.hours_ms or not self.ahead.clock_hours:
            raise ValueError("a day has at least one hour, and it has a name")


class Plan(Struct, frozen=True):
    """A day by hours. They add up to its target to the micro, unless no hour of the day is open at all."""

    hours_micros: Micros
    low_micros: Micros
    high_micros: Micros
    """Four times of five an hour's spend is expected between these; none while that is unknown."""
    confidence_permille: int | None
    history_days: int
    held_back_micros: int
    held_first_micros: int
    """What of it would have been spent in the first hours."""
    made_of: tuple[PlanPart, ...]


def make(ask: Ask) -> Plan:
    """Return the plan of a day; the same question has the same answer for ever."""
    clock_hours = ask.ahead.clock_hours
    open_ms = dayparts.open_ms(ask.terms, ask.ahead.weekday, clock_hours, ask.hours_ms, ask.day_start_ms)
    if ask.terms is not None and ask.terms.curve is not None:
        weights, made_of = shapes.named(ask.terms, clock_hours, open_ms)
    else:
        weights, made_of = shapes.made(ask.strategy, ask.evidence, len(open_ms))
    hours, held_back, held_first = _divided(ask, weights, open_ms)
    low, high = _band(ask, hours)
    return Plan(
        hours_micros=hours,
        low_micros=low,
        high_micros=high,
        confidence_permille=_confidence(ask.evidence, hours, open_ms),
        history_days=min(ask.evidence.days, HISTORY_DAYS_MAX),
        held_back_micros=held_back,
        held_first_micros=held_first,
        made_of=made_of,
    )


def named(campaign: str, budget: int, strategy: Strategy, plan: Plan) -> CampaignPlan:
    """Return a campaign's plan as it is told."""
    return CampaignPlan(
        campaign=campaign,
        budget_micros=budget,
        strategy=strategy,
        hours_micros=plan.hours_micros,
        low_micros=plan.low_micros,
        high_micros=plan.high_micros,
        confidence_permille=plan.confidence_permille,
        history_days=plan.history_days,
        held_back_micros=plan.held_back_micros,
        made_of=plan.made_of,
    )


def _divided(ask: Ask, weights: Sequence[int], open_ms: dayparts.OpenMs) -> tuple[Micros, int, int]:
    """Return the hours' amounts, how much of them limits moved, and that out of the first hours."""
    kept, left_micros = _kept(ask)
    over = len(kept)
    ahead_ms = (0,) * over + open_ms[over:]
    if not any(ahead_ms) or not left_micros:
        return (*_left_over(kept, left_micros, open_ms), 0)
    wanted = [weight * length_ms for weight, length_ms in zip(weights, ahead_ms, strict=True)]
    if not any(wanted):
        wanted = list(ahead_ms)
    scale = (ask.target_micros, left_micros)
    rules = ask.policy
    first = protection.first_hours(
        ahead_ms, sum(open_ms), rules.plan_frontload_hours, rules.plan_frontload_permille, scale
    )
    every = protection.every_hour(ahead_ms, rules.plan_hour_max_permille, scale)
    shares = protection.protect(wanted, ahead_ms, first, every)
    free = money.spread(left_micros, wanted)
    if shares is None:
        return kept + free[over:], 0, 0
    held = protection.trimmed(money.spread(left_micros, shares), first, every)
    moved = [max(0, before - after) for before, after in zip(free, held, strict=True)]
    return kept + held[over:], sum(moved), sum(moved[: rules.plan_frontload_hours])


def _kept(ask: Ask) -> tuple[Micros, int]:
    """Return what the hours that are over keep, and what is left for the others."""
    kept, left_micros = [], ask.target_micros
    for hour_micros in ask.kept_micros[: len(ask.hours_ms)]:
        kept.append(min(hour_micros, left_micros))
        left_micros -= kept[-1]
    return tuple(kept), left_micros


def _left_over(kept: Micros, left_micros: int, open_ms: dayparts.OpenMs) -> tuple[Micros, int]:
    """Return the plan when no open hour is ahead: the day's last open one takes what is left.

    It is over, so what is due is all of the target, and what is missing is seen. A day without any open
    hour has nothing to spend in, and holds all of it back.
    """
    hours = [*kept, *[0] * (len(open_ms) - len(kept))]
    opened = [hour for hour, length_ms in enumerate(open_ms) if length_ms]
    if not opened:
        return tuple(hours), left_micros
    hours[opened[-1]] += left_micros
    return tuple(hours), 0


def _band(ask: Ask, hours: Micros) -> tuple[Micros, Micros]:
    """Return between what each hour is expected to end: the band of what it usually costs, at its plan."""
    known = ask.evidence
    expected, low, high = known.expected_micros, known.low80_micros, known.high80_micros
    if expected is None or low is None or high is None:
        return (), ()
    usual, planned = sum(expected), sum(hours)
    lows, highs = [], []
    for hour, micros in enumerate(hours):
        at = min(hour, len(expected) - 1)
        over, under = _scale(micros, expected[at], planned, usual)
        least = micros - (expected[at] - low[at]) * over // under
        most = micros + (high[at] - expected[at]) * over // under
        lows.append(min(max(0, least), AMOUNT_MICROS_MAX) if micros else 0)
        highs.append(min(max(0, least, most), AMOUNT_MICROS_MAX) if micros else 0)
    return tuple(lows), tuple(highs)


def _scale(micros: int, expected: int, planned: int, usual: int) -> tuple[int, int]:
    """Return by what a band is multiplied: an hour's plan over what it usually costs, within reason."""
    if not usual:
        return 1, 1
    if expected and micros * usual <= BAND_STRETCH_MAX * planned * expected:
        return micros, expected
    return (BAND_STRETCH_MAX if expected else 1) * planned, usual


def _confidence(evidence: Evidence, hours: Micros, open_ms: dayparts.OpenMs) -> int | None:
    """Return how sure the evidence is, less what the plan puts elsewhere than the evidence would."""
    known, expected = evidence.confidence_permille, evidence.expected_micros
    if known is None or expected is None:
        return None
    usual = [expected[min(hour, len(expected) - 1)] * length for hour, length in enumerate(open_ms)]
    if not any(usual) or not any(hours):
        return known
    return known * (1000 - shapes.moved_permille(usual, hours)) // 1000
