"""What tests of planning share: days of all lengths, evidence of any kind, and one way to ask for a plan."""

from random import Random

from hypothesis import strategies as st

from domain import local_time
from domain.forecast.model import Ahead, Evidence, Shape
from domain.pacing import planning
from domain.pacing.rows import DEFAULT_POLICY
from events.limits import AMOUNT_MICROS_MAX
from events.types import PolicySet, TermsSet
from events.types.pacing import PlanSource
from events.types.terms import Strategy

HOUR_MS = local_time.HOUR_MS
START_MS = 1_795_996_800_000
STRATEGIES: tuple[Strategy, ...] = (
    "EVEN",
    "PERFORMANCE_WEIGHTED",
    "HISTORICAL_PATTERN",
    "PREDICTIVE_ML",
    "ADAPTIVE_HYBRID",
)
SOURCES: tuple[PlanSource, ...] = ("even", "account", "hour_of_day", "hour_of_week", "forecast")
NOTHING_KNOWN = Evidence(days=0, shapes=())
# Days on which clocks move by an hour or by half of one, and those on which a zone changes its rules.
DAYS_MS = st.sampled_from([HOUR_MS * halves // 2 for halves in (46, 47, 48, 49, 50, 52)])
TARGETS = st.integers(0, 1000) | st.integers(0, AMOUNT_MICROS_MAX) | st.just(AMOUNT_MICROS_MAX)


def terms(**fields: object) -> TermsSet:
    """Return terms in which only this is said."""
    return TermsSet(campaign="c", terms_version=1, currency="USD", **fields)


def ask(target: int, day_ms: int = 24 * HOUR_MS, **fields: object) -> planning.Ask:
    """Return the question for a plan of a Tuesday; what is not said is as usual."""
    given: dict[str, object] = {
        "ahead": Ahead(1, local_time.clock_hours(START_MS, START_MS + day_ms)),
        "hours_ms": local_time.hour_lengths_ms(START_MS, START_MS + day_ms),
        "strategy": "ADAPTIVE_HYBRID",
        "terms": None,
        "policy": DEFAULT_POLICY,
        "evidence": NOTHING_KNOWN,
        "day_start_ms": START_MS,
    } | fields
    return planning.Ask(target_micros=target, **given)


def unlimited() -> PolicySet:
    """Return a policy in which no hour has a limit."""
    return PolicySet(policy_version=1, plan_frontload_hours=0, plan_hour_max_permille=1000)


def evidence(days: int, *shapes: Shape, **fields: object) -> Evidence:
    """Return what is known of a campaign after so many days."""
    return Evidence(days=days, shapes=shapes, **fields)


@st.composite
def known(draw: st.DrawFn, hours: int) -> Evidence:
    """Draw evidence of any kind about a day: none at all, zeros, peaks, and bands that touch nothing."""
    days, seed = draw(st.integers(0, 40)), draw(st.integers(0, 2**32))
    chance = Random(seed)  # noqa: S311 - drawing some hundred weights one by one takes a hundred times as long
    tops = (0, 1, 10, 1_000_000)
    shares = draw(st.tuples(*[st.integers(0, 10)] * 5))
    whole = max(1, sum(shares))
    shapes = tuple(
        Shape(
            name, tuple(chance.randint(0, chance.choice(tops)) for _ in range(hours)), 1000 * share // whole
        )
        for name, share in zip(SOURCES, shares, strict=True)
        if draw(st.booleans())
    )
    if not days or draw(st.booleans()):
        return Evidence(days=days, shapes=shapes)
    quantiles = [
        sorted(chance.randint(0, chance.choice((0, 9, 10**9))) for _ in range(3)) for _ in range(hours)
    ]
    low, expected, high = zip(*quantiles, strict=True)
    return Evidence(
        days=days,
        shapes=shapes,
        expected_micros=expected,
        low80_micros=low,
        high80_micros=high,
        confidence_permille=draw(st.integers(0, 1000)),
        performance_permille=tuple(chance.randint(500, 2000) for _ in range(hours)),
    )


@st.composite
def wishes(draw: st.DrawFn) -> TermsSet | None:
    """Draw what a person may want of a day: nothing, curves, hours of the week, a start and an end."""
    if draw(st.booleans()):
        return None
    curve = draw(st.sampled_from([None, "flat", "front", "back", "custom"]))
    custom = draw(st.lists(st.integers(0, 1_000_000), min_size=1, max_size=25)) if curve == "custom" else []
    moment = st.none() | st.integers(START_MS - 2 * HOUR_MS, START_MS + 30 * HOUR_MS)
    start, end = sorted([draw(moment), draw(moment)], key=lambda at: START_MS if at is None else at)
    masks = st.integers(0, 2**24 - 1) | st.just(0)
    return terms(
        curve=curve,
        curve_weights=tuple(custom),
        open_hours=draw(st.just(()) | st.tuples(*[masks] * 7)),
        start_ms=start if start is None or end is None or start <= end else end,
        end_ms=end if start is None or end is None or start <= end else start,
    )


@st.composite
def questions(draw: st.DrawFn) -> planning.Ask:
    """Draw any question for a plan."""
    day_ms = draw(DAYS_MS)
    hours = len(local_time.hour_lengths_ms(START_MS, START_MS + day_ms))
    return ask(
        draw(TARGETS),
        day_ms,
        strategy=draw(st.sampled_from(STRATEGIES)),
        terms=draw(wishes()),
        evidence=draw(known(hours)),
        policy=PolicySet(
            policy_version=1,
            plan_frontload_hours=draw(st.integers(0, 25)),
            plan_frontload_permille=draw(st.integers(0, 1000)),
            plan_hour_max_permille=draw(st.integers(50, 1000)),
        ),
        kept_micros=tuple(draw(st.just([]) | st.lists(TARGETS, max_size=hours))),
    )
