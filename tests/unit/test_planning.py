import msgspec
import pytest

from domain import local_time
from domain.forecast.model import Evidence, Shape
from domain.pacing import curves, planning
from events.limits import AMOUNT_MICROS_MAX
from events.types import CampaignPlan, ChannelStrategy, PolicySet
from tests.planning_kit import HOUR_MS, START_MS, STRATEGIES, ask, evidence, terms, unlimited

EVEN = Shape("even", (1_000_000,) * 24, 100)
NOON = Shape("hour_of_week", tuple(100 - 8 * abs(hour - 12) for hour in range(24)), 500)
MORNING = Shape("account", tuple(range(24, 0, -1)), 300)
FORECAST = Shape("forecast", tuple(range(1, 25)), 100)
USUAL = tuple(1_000 * weight for weight in NOON.weights_ppm)


def known(days: int, *shapes: Shape) -> Evidence:
    """Return evidence with bands a fifth around what is usual at noon."""
    return evidence(
        days,
        *shapes,
        expected_micros=USUAL,
        low80_micros=tuple(micros * 8 // 10 for micros in USUAL),
        high80_micros=tuple(micros * 13 // 10 for micros in USUAL),
        confidence_permille=900,
    )


def parts(plan: planning.Plan) -> dict[str, int]:
    """Return what a plan is made of."""
    return {part.source: part.share_permille for part in plan.made_of}


def made(strategy: str, known_of: Evidence, **fields: object) -> planning.Plan:
    """Return an unlimited plan of 24 units by a strategy."""
    return planning.make(ask(24_000_000, strategy=strategy, evidence=known_of, policy=unlimited(), **fields))


def test_an_even_day_is_even() -> None:
    """Each hour gets what the others get, whatever is known."""
    plan = made("EVEN", known(28, NOON, MORNING))
    assert set(plan.hours_micros) == {1_000_000}
    assert parts(plan) == {"even": 1000}


def test_history_is_shrunk_to_the_account() -> None:
    """By the shares of the evidence, and without what is even or foreseen."""
    plan = made("HISTORICAL_PATTERN", known(7, EVEN, NOON, MORNING, FORECAST))
    assert parts(plan) == {"account": 375, "hour_of_week": 625}


def test_a_first_day_takes_the_shape_of_its_account() -> None:
    """A campaign without a past has that of the others, and where they have none, each hour is the same."""
    first = evidence(0, EVEN, MORNING)
    for strategy in ("HISTORICAL_PATTERN", "PREDICTIVE_ML", "PERFORMANCE_WEIGHTED"):
        plan = made(strategy, first)
        assert parts(plan) == {"account": 1000}
        assert plan.hours_micros[0] > 20 * plan.hours_micros[23]
        assert parts(made(strategy, evidence(0))) == {"even": 1000}


@pytest.mark.parametrize(("days", "share"), [(0, 0), (1, 142), (3, 428), (6, 857), (7, 1000), (28, 1000)])
def test_predictions_take_over_within_a_week(days: int, share: int) -> None:
    """Under a day of history there are none; from a week on there is nothing else."""
    assert parts(made("PREDICTIVE_ML", known(days, NOON, FORECAST))).get("forecast", 0) == share


def test_a_missing_forecast_leaves_history() -> None:
    """And the plan says so: nobody is told of a prediction that was not there."""
    assert parts(made("PREDICTIVE_ML", known(28, NOON, MORNING))) == {"hour_of_week": 625, "account": 375}


def test_the_hybrid_blends_by_evidence() -> None:
    """Each shape has the share that its past errors earned."""
    plan = made("ADAPTIVE_HYBRID", known(7, EVEN, NOON, MORNING, FORECAST))
    assert parts(plan) == {"even": 100, "hour_of_week": 500, "account": 300, "forecast": 100}


def test_hours_that_bring_more_get_more() -> None:
    """Performance moves money between hours, and the plan says how much of the day it moved."""
    better = tuple(2000 if hour == 12 else 1000 for hour in range(24))
    plain = made("HISTORICAL_PATTERN", known(7, NOON))
    plan = made("PERFORMANCE_WEIGHTED", msgspec.structs.replace(known(7, NOON), performance_permille=better))
    assert plan.hours_micros[12] > plain.hours_micros[12] * 17 // 10
    assert plan.hours_micros[11] < plain.hours_micros[11]
    moved = parts(plan)["performance"]
    assert abs(moved - (plan.hours_micros[12] - plain.hours_micros[12]) // 24_000) <= 1
    assert parts(plan) == {"hour_of_week": 1000 - moved, "performance": moved}


def test_a_history_of_zeros_plans_evenly() -> None:
    """Nothing was spent in any hour, so none is better than another."""
    nothing = evidence(
        9,
        Shape("hour_of_day", (0,) * 24, 1000),
        expected_micros=(0,) * 24,
        low80_micros=(0,) * 24,
        high80_micros=(0,) * 24,
        confidence_permille=0,
    )
    plan = made("ADAPTIVE_HYBRID", nothing)
    assert set(plan.hours_micros) == {1_000_000}
    assert parts(plan) == {"even": 1000}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("target", [0, 1, 23, AMOUNT_MICROS_MAX])
def test_the_smallest_and_the_largest_budgets_are_planned(strategy: str, target: int) -> None:
    """To the micro: nothing, one micro, fewer micros than hours, and a billion units."""
    plan = planning.make(ask(target, strategy=strategy, evidence=known(7, NOON, FORECAST)))
    assert sum(plan.hours_micros) == target
    assert min(plan.hours_micros) >= 0


def test_a_budget_that_no_fact_could_tell_is_refused() -> None:
    """It could not come from the log either: its reader refuses it, with the name of the field."""
    for target in (-1, AMOUNT_MICROS_MAX + 1):
        with pytest.raises(ValueError, match="a day's target is 0 to"):
            ask(target)
    body = b'{"campaign":"c","budget_micros":1000000000000001,"strategy":"EVEN","hours_micros":[]}'
    with pytest.raises(msgspec.ValidationError, match="budget_micros"):
        msgspec.json.decode(body, type=CampaignPlan)


def test_first_hours_and_single_hours_are_held_back() -> None:
    """With the default policy: half of an even hour until four, and 15 % in any hour, nothing lost."""
    peak = Shape("hour_of_week", (9,) * 4 + (1,) * 16 + (60,) * 4, 1000)
    plan = planning.make(ask(240_000_000, evidence=known(9, peak)))
    assert set(plan.hours_micros[:4]) <= {4_999_999, 5_000_000}
    assert set(plan.hours_micros[20:]) == {36_000_000}
    assert sum(plan.hours_micros) == 240_000_000
    free = made("ADAPTIVE_HYBRID", known(9, peak)).hours_micros
    moved = sum(max(0, 10 * one - other) for one, other in zip(free, plan.hours_micros, strict=True))
    assert abs(plan.held_back_micros - moved) <= 24 * 10


def test_hours_without_a_past_take_what_no_other_may() -> None:
    """When the hours that were ever used are full, the rest of the day takes the rest."""
    one = Shape("hour_of_week", (0,) * 12 + (1,) + (0,) * 11, 1000)
    plan = planning.make(ask(100_000_000, evidence=known(9, one)))
    assert plan.hours_micros[12] == 15_000_000
    assert sum(plan.hours_micros) == 100_000_000
    assert abs(plan.hours_micros[0] - 2_083_333) <= 1
    assert max(plan.hours_micros[13:]) - min(plan.hours_micros[4:12]) <= 1


@pytest.mark.parametrize(("hours", "largest"), [(1, 100), (4, 25), (6, 17), (8, 15)])
def test_limits_give_way_in_a_short_day(hours: int, largest: int) -> None:
    """First that of the first hours, then that of every hour, and then all are the same."""
    window = terms(start_ms=START_MS, end_ms=START_MS + hours * HOUR_MS)
    plan = planning.make(ask(100_000_000, terms=window, evidence=known(9, NOON)))
    assert sum(plan.hours_micros) == 100_000_000
    assert -(-max(plan.hours_micros) // 1_000_000) == largest


def test_half_an_hour_may_have_half_of_an_hour() -> None:
    """Where a window ends at half past, or a zone moves by half an hour."""
    late = terms(curve="custom", curve_weights=(0,) * 8 + (1,))
    plan = planning.make(ask(100_000_000, 23 * HOUR_MS + HOUR_MS // 2, terms=late))
    assert len(plan.hours_micros) == 24
    assert plan.hours_micros[23] == 7_500_000


@pytest.mark.parametrize("day_hours", [23, 24, 25])
def test_nine_oclock_is_nine_oclock_when_clocks_move(day_hours: int) -> None:
    """Curves and windows of a person's are by the clock on the wall, not by the time since midnight."""
    nine = terms(curve="custom", curve_weights=tuple(int(hour == 9) for hour in range(24)))
    plan = planning.make(ask(1_000_000, day_hours * HOUR_MS, terms=nine, policy=unlimited()))
    assert [hour for hour, micros in enumerate(plan.hours_micros) if micros] == [9 + day_hours - 24]
    window = terms(open_hours=(1 << 9,) * 7)
    opened = planning.make(ask(1_000_000, day_hours * HOUR_MS, terms=window))
    assert opened.hours_micros == plan.hours_micros


def test_the_hours_that_are_over_keep_their_plan_at_2359() -> None:
    """A budget that is doubled a minute before midnight leaves the past; the last hour takes the rest."""
    before = planning.make(ask(24_000_000)).hours_micros
    after = planning.make(ask(48_000_000, kept_micros=before[:23]))
    assert after.hours_micros[:23] == before[:23]
    assert after.hours_micros[23] == 24_000_000 + before[23]
    less = planning.make(ask(6_000_000, kept_micros=before[:23]))
    assert sum(less.hours_micros) == 6_000_000
    assert less.hours_micros[23] == 0


def test_a_raise_after_hours_is_due_at_once() -> None:
    """When no open hour is left, the last one that was takes the raise, so that what is missing is seen."""
    morning = terms(open_hours=(0xFFF,) * 7)
    before = planning.make(ask(12_000_000, terms=morning)).hours_micros
    after = planning.make(ask(13_000_000, terms=morning, kept_micros=before[:20]))
    assert after.hours_micros[11] == before[11] + 1_000_000
    assert sum(after.hours_micros) == 13_000_000


def test_a_day_without_an_open_hour_holds_everything_back() -> None:
    """Nothing can be spent in it, and its plan says so."""
    plan = planning.make(ask(5_000_000, terms=terms(open_hours=(0,) * 7)))
    assert (sum(plan.hours_micros), plan.held_back_micros) == (0, 5_000_000)


def test_bands_follow_the_plan() -> None:
    """At its usual share of the day an hour has its usual band; with no money it has none."""
    plan = made("HISTORICAL_PATTERN", known(9, NOON))
    for micros, low, high in zip(plan.hours_micros, plan.low_micros, plan.high_micros, strict=True):
        assert abs(low - micros * 8 // 10) <= micros // 100 + 2
        assert abs(high - micros * 13 // 10) <= micros // 100 + 2
    closed = made("HISTORICAL_PATTERN", known(9, NOON), terms=terms(open_hours=(0xFFF,) * 7))
    assert set(closed.low_micros[12:] + closed.high_micros[12:]) == {0}


def test_a_trickle_tells_little_of_a_stream() -> None:
    """An hour that usually has next to nothing gets no band a hundred times as wide."""
    thin = known(9, NOON)
    usual = (1, *USUAL[1:])
    wide = msgspec.structs.replace(
        thin,
        expected_micros=usual,
        low80_micros=(0, *[micros * 8 // 10 for micros in USUAL[1:]]),
        high80_micros=(1_000, *[micros * 13 // 10 for micros in USUAL[1:]]),
    )
    plan = made("EVEN", wide)
    assert plan.high_micros[0] < 2 * plan.hours_micros[0]


def test_a_plan_against_the_evidence_is_less_sure() -> None:
    """An even plan for a campaign of the noon is as sure as what of it lies where it will be spent."""
    even, natural = made("EVEN", known(9, NOON)), made("HISTORICAL_PATTERN", known(9, NOON))
    assert natural.confidence_permille is not None
    assert even.confidence_permille is not None
    assert 890 <= natural.confidence_permille <= 900
    assert even.confidence_permille < 700
    shorter = ask(10**8, 23 * HOUR_MS + HOUR_MS // 2, evidence=known(9, NOON), policy=unlimited())
    assert abs((planning.make(shorter).confidence_permille or 0) - natural.confidence_permille) <= 1


def test_terms_win_over_channels_and_channels_over_all() -> None:
    """A strategy is that of the campaign's terms, of its channel, or of the account."""
    policy = PolicySet(
        policy_version=1,
        plan_strategy="EVEN",
        plan_channels=(ChannelStrategy("video", "PREDICTIVE_ML"),),
    )
    assert planning.strategy_of(None, policy) == "EVEN"
    assert planning.strategy_of(terms(channel="search"), policy) == "EVEN"
    assert planning.strategy_of(terms(channel="video"), policy) == "PREDICTIVE_ML"
    own = terms(channel="video", strategy="HISTORICAL_PATTERN")
    assert planning.strategy_of(own, policy) == "HISTORICAL_PATTERN"


def test_named_curves_lean_as_they_are_called() -> None:
    """Front begins with three times of what it ends with, back is its mirror, flat is flat."""
    hours = range(24)
    front, back = (curves.weights(one, (), hours) for one in ("front", "back"))
    assert front[0] == 3 * front[-1]
    assert tuple(reversed(front)) == back
    assert set(curves.weights("flat", (), hours)) == {1}
    assert curves.weights("custom", (0,) * 24, hours) == (1,) * 24
    assert curves.weights("front", (), (7,)) == (1,)


def test_a_curve_lies_over_the_hours_that_are_open() -> None:
    """In a day from nine to five, the front is at nine; and the plan says that it is a curve."""
    office = terms(curve="front", open_hours=(0xFF << 9,) * 7)
    plan = made("EVEN", evidence(0), terms=office)
    assert [hour for hour, micros in enumerate(plan.hours_micros) if micros] == list(range(9, 17))
    assert plan.hours_micros[9] == 3 * plan.hours_micros[16]
    assert parts(plan) == {"curve": 1000}


@pytest.mark.parametrize("given", [(1,), (3, 1), (1, 2, 3, 4, 5), tuple(range(25))])
@pytest.mark.parametrize("hours", [1, 7, 23, 24, 25])
def test_stretched_weights_keep_their_shape(given: tuple[int, ...], hours: int) -> None:
    """However many hours there are, each part of the day keeps its part of the whole."""
    weights = curves.stretched(given, hours)
    assert len(weights) == hours
    assert sum(weights) == sum(given) * hours
    if hours % len(given) == 0:
        times = hours // len(given)
        assert weights == tuple(weight * len(given) for weight in given for _ in range(times))


def test_the_longest_day_is_planned_too() -> None:
    """A zone that changes its rules may have a day of 26 hours, one more than clocks have names for."""
    hours = local_time.hour_lengths_ms(START_MS, START_MS + 26 * HOUR_MS)
    plan = planning.make(ask(26_000_000, 26 * HOUR_MS, evidence=known(9, NOON)))
    assert len(plan.hours_micros) == len(hours)
    assert sum(plan.hours_micros) == 26_000_000
