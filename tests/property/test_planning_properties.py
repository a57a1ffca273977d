import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.forecast.model import Evidence
from domain.pacing import dayparts, planning
from events.limits import AMOUNT_MICROS_MAX
from events.types import CampaignPlan
from events.types.terms import Strategy
from tests import planning_kit
from tests.planning_kit import HOUR_MS, START_MS, ask, known, questions, terms

EVERY = given(questions())


def opened(question: planning.Ask) -> tuple[int, ...]:
    """Return how much of each hour is open."""
    return dayparts.open_ms(
        question.terms,
        question.ahead.weekday,
        question.ahead.clock_hours,
        question.hours_ms,
        question.day_start_ms,
    )


def limits(question: planning.Ask) -> list[int]:
    """Return the most that each hour may have, to the next whole micro, said another way than the code."""
    open_ms, rules, target = opened(question), question.policy, question.target_micros
    day_ms = max(1, sum(open_ms))
    caps = []
    for hour, length_ms in enumerate(open_ms):
        cap = target * rules.plan_hour_max_permille * length_ms // (1000 * HOUR_MS)
        if hour < rules.plan_frontload_hours:
            cap = min(cap, target * rules.plan_frontload_permille * length_ms // (1000 * day_ms))
        caps.append(cap)
    return caps


@EVERY
def test_a_plan_is_its_target_to_the_micro_and_never_below_zero(question: planning.Ask) -> None:
    """Whatever is asked; only a day without any open hour has no place for it, and says so."""
    plan = planning.make(question)
    assert len(plan.hours_micros) == len(question.hours_ms)
    assert min(plan.hours_micros) >= 0
    missing = question.target_micros - sum(plan.hours_micros)
    assert missing == (0 if any(opened(question)) else plan.held_back_micros)


@EVERY
def test_closed_hours_get_nothing(question: planning.Ask) -> None:
    """Unless they are over, and had something when other terms held."""
    plan = planning.make(question)
    for hour, (micros, open_ms) in enumerate(zip(plan.hours_micros, opened(question), strict=True)):
        assert open_ms or not micros or hour < len(question.kept_micros)


@EVERY
def test_no_hour_is_above_its_limits_where_they_leave_room(question: planning.Ask) -> None:
    """First hours and single hours keep below their shares of the day, and nothing is lost by that."""
    whole = replace(question, kept_micros=())
    caps = limits(whole)
    if sum(caps) * 10**9 < whole.target_micros * (10**9 + 1) + 26 * 10**9:
        return  # they leave no room, and give way
    plan = planning.make(whole)
    assert all(micros <= cap for micros, cap in zip(plan.hours_micros, caps, strict=True))
    assert sum(plan.hours_micros) == whole.target_micros


@EVERY
def test_first_hours_give_way_before_single_hours_do(question: planning.Ask) -> None:
    """A short day breaks the gentler rule first, and the other only when even that is not enough."""
    late = replace(question.policy, plan_frontload_hours=0)
    whole = replace(question, kept_micros=())
    caps = limits(replace(whole, policy=late))
    if sum(caps) * 10**9 < whole.target_micros * (10**9 + 1) + 26 * 10**9:
        return
    plan = planning.make(whole)
    assert all(micros <= cap for micros, cap in zip(plan.hours_micros, caps, strict=True))


@EVERY
def test_the_hours_that_are_over_keep_what_they_had(question: planning.Ask) -> None:
    """As far as the target reaches: a budget changed at a minute to midnight does not rewrite the day."""
    plan = planning.make(question)
    left = question.target_micros
    hours = len(question.hours_ms)
    closed_after = not any(opened(question)[len(question.kept_micros) :])
    for hour, before in enumerate(question.kept_micros[:hours]):
        micros = plan.hours_micros[hour]
        assert micros == min(before, left) or (closed_after and micros > before)
        left = max(0, left - before)


@EVERY
def test_the_same_question_has_the_same_answer(question: planning.Ask) -> None:
    """Also when what it is made of is built anew."""
    assert planning.make(question) == planning.make(replace(question, terms=question.terms))


@given(questions(), st.integers(1, 1000))
def test_a_plan_scales_with_its_target(question: planning.Ask, times: int) -> None:
    """In another currency, or with more money, it has the same shape, but for the micros of its limits."""
    small = replace(question, target_micros=question.target_micros // times, kept_micros=())
    large = replace(small, target_micros=small.target_micros * times)
    few, many = planning.make(small).hours_micros, planning.make(large).hours_micros
    assert all(abs(one * times - other) <= len(few) * times for one, other in zip(few, many, strict=True))


@EVERY
def test_a_plan_can_be_told(question: planning.Ask) -> None:
    """Its parts are a thousand together, its bands in order, and the log takes every figure."""
    plan = planning.make(question)
    assert sum(part.share_permille for part in plan.made_of) == 1000
    assert len({part.source for part in plan.made_of}) == len(plan.made_of)
    assert all(low <= high for low, high in zip(plan.low_micros, plan.high_micros, strict=True))
    told = planning.named("c", question.target_micros, question.strategy, plan)
    assert msgspec.json.decode(msgspec.json.encode(told), type=CampaignPlan) == told


@given(known(24), st.sampled_from(planning_kit.STRATEGIES))
def test_without_history_nothing_is_claimed(evidence: Evidence, strategy: Strategy) -> None:
    """The first day's confidence and bands are unknown, whatever the strategy."""
    first = Evidence(days=0, shapes=evidence.shapes)
    plan = planning.make(ask(10**8, strategy=strategy, evidence=first))
    assert (plan.confidence_permille, plan.low_micros, plan.high_micros) == (None, (), ())


@given(known(24), st.sampled_from(planning_kit.STRATEGIES), st.integers(0, AMOUNT_MICROS_MAX))
def test_a_plan_is_no_surer_than_its_evidence(evidence: Evidence, strategy: Strategy, target: int) -> None:
    """What a plan puts elsewhere than the evidence would makes it less sure, never more."""
    plan = planning.make(ask(target, strategy=strategy, evidence=evidence))
    if plan.confidence_permille is not None:
        assert evidence.confidence_permille is not None
        assert 0 <= plan.confidence_permille <= evidence.confidence_permille


@given(st.integers(0, 23), st.integers(1, 24))
def test_a_window_of_any_length_takes_the_whole_target(first: int, hours: int) -> None:
    """Also one hour, in which no limit of an hour can hold."""
    start = START_MS + first * HOUR_MS
    window = terms(start_ms=start, end_ms=start + hours * HOUR_MS)
    plan = planning.make(ask(10**8, terms=window))
    assert sum(plan.hours_micros) == 10**8
    assert [hour for hour, micros in enumerate(plan.hours_micros) if micros] == list(
        range(first, min(24, first + hours))
    )
