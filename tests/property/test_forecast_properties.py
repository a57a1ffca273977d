from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from domain.forecast.evidence import evidence
from domain.forecast.history import learn
from domain.forecast.model import Ahead, Evidence, PastDay
from domain.forecast.online import predict
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow
from events.limits import AMOUNT_MICROS_MAX
from tests.learning_kit import AUTUMN, CLOCK, SPRING

CLOCKS = st.sampled_from((CLOCK, CLOCK, CLOCK, SPRING, AUTUMN))
AMOUNTS = st.integers(0, AMOUNT_MICROS_MAX) | st.integers(0, 10**9) | st.sampled_from((0, 1))
COUNTS = st.tuples(st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))


@st.composite
def days(draw: st.DrawFn) -> PastDay:
    """Draw a day of any spend, of which any hours were free to spend."""
    clock = draw(CLOCKS)
    hours = draw(st.lists(AMOUNTS, min_size=len(clock), max_size=len(clock)))
    opened = draw(st.integers(0, 2 ** len(clock) - 1) | st.just(2 ** len(clock) - 1))
    results = tuple([draw(COUNTS)] * len(clock)) if draw(st.booleans()) else ()
    return PastDay(draw(st.integers(0, 6)), clock, tuple(hours), opened, results)


@st.composite
def aheads(draw: st.DrawFn) -> Ahead:
    """Draw a day to foresee."""
    return Ahead(draw(st.integers(0, 6)), draw(CLOCKS))


HISTORIES = st.lists(days(), max_size=12)


def lived(past: list[PastDay]) -> tuple[HistoryRow | None, CurveRow | None]:
    """Return what is known of two campaigns' days, of the first of them; the second had them backwards."""
    history: HistoryRow | None = None
    other: HistoryRow | None = None
    curve: CurveRow | None = None
    for number, day in enumerate(past):
        history, curve = learn(history, curve, day, number)
        other, curve = learn(other, curve, past[-1 - number], number)
    return history, curve


def bands(known: Evidence) -> list[tuple[int, ...]]:
    """Return what is known of hours, low to high; nothing of it may be known."""
    inner = known.low80_micros, known.expected_micros, known.high80_micros
    lines = (known.low95_micros, *inner, known.high95_micros)
    return [line for line in lines if line is not None]


@given(HISTORIES, aheads())
def test_evidence_is_whole_whatever_the_days_were(past: list[PastDay], ahead: Ahead) -> None:
    """Shares and shapes add up, bands are in order, and nothing is negative."""
    history, curve = lived(past)
    known = evidence(history, curve, None, ahead, 0)
    assert sum(shape.share_permille for shape in known.shapes) == 1000
    for shape in known.shapes:
        assert sum(shape.weights_ppm) == 1_000_000
        assert min(shape.weights_ppm) >= 0
        assert len(shape.weights_ppm) == len(ahead.clock_hours)
    lines = bands(known)
    assert len(lines) in {0, 1, 5}
    for hour in zip(*lines, strict=True):
        assert list(hour) == sorted(hour)
        assert hour[0] >= 0
    assert known.confidence_permille is None or 0 <= known.confidence_permille <= 1000
    assert all(500 <= one <= 2000 for one in known.performance_permille)


@given(HISTORIES)
def test_what_is_learned_can_be_kept_and_is_the_same_again(past: list[PastDay]) -> None:
    """The same days give the same bytes, and the bytes the same rows."""
    first, second = lived(past), lived(past)
    assert msgpack.encode(first) == msgpack.encode(second)
    history, curve = first
    assert msgpack.decode(msgpack.encode(history), type=HistoryRow | None) == history
    assert msgpack.decode(msgpack.encode(curve), type=CurveRow | None) == curve


@given(HISTORIES, st.integers(0, 11), st.lists(AMOUNTS, min_size=25, max_size=25))
def test_closed_hours_teach_nothing(past: list[PastDay], which: int, other: list[int]) -> None:
    """Whatever is reported for hours in which a campaign could not spend, the same is known afterwards."""
    changed = list(past)
    if past:
        day = past[which % len(past)]
        hours = [
            mine if day.open >> place & 1 else theirs
            for place, (mine, theirs) in enumerate(zip(day.hours_micros, other, strict=False))
        ]
        without = PastDay(day.weekday, day.clock_hours, day.hours_micros, day.open)
        changed[which % len(past)] = PastDay(day.weekday, day.clock_hours, tuple(hours), day.open)
        past = [without if one is day else one for one in past]
    assert lived(past) == lived(changed)


@given(st.lists(days(), min_size=1, max_size=10), aheads(), st.integers(2, 1000))
def test_another_unit_of_money_changes_nothing_but_amounts(
    past: list[PastDay], ahead: Ahead, factor: int
) -> None:
    """Shapes, shares and confidence are the same; amounts are so many times as large, but for rounding."""
    small = [
        PastDay(day.weekday, day.clock_hours, tuple(hour % 10**12 for hour in day.hours_micros), day.open)
        for day in past
    ]
    large = [
        PastDay(day.weekday, day.clock_hours, tuple(hour * factor for hour in day.hours_micros), day.open)
        for day in small
    ]
    one, other = (evidence(*lived(each), None, ahead, 0) for each in (small, large))
    assert [shape.source for shape in one.shapes] == [shape.source for shape in other.shapes]
    if all(sum(day.hours_micros) > 10**8 for day in small):
        for mine, theirs in zip(one.shapes, other.shapes, strict=True):
            assert abs(mine.share_permille - theirs.share_permille) <= 20
            assert all(abs(a - b) <= 2000 for a, b in zip(mine.weights_ppm, theirs.weights_ppm, strict=True))


@given(HISTORIES, days())
def test_a_day_counts_once(past: list[PastDay], again: PastDay) -> None:
    """Whatever comes for a day that is known already, nothing moves."""
    history, curve = lived(past)
    if history is not None:
        assert learn(history, curve, again, history.through) == (history, curve)


@given(HISTORIES, aheads(), st.lists(st.integers(0, 10**15), min_size=5, max_size=5))
def test_a_forecast_keeps_bands_in_order(past: list[PastDay], ahead: Ahead, amounts: list[int]) -> None:
    """What a model says is mixed in by its share, and never turns a band around."""
    lines = [(one,) * len(ahead.clock_hours) for one in sorted(amounts)]
    forecast = ForecastRow("2026-06-08", 0, "model", *lines)
    known = evidence(*lived(past), forecast, ahead, 0)
    assert sum(shape.share_permille for shape in known.shapes) == 1000
    for hour in zip(*bands(known), strict=True):
        assert list(hour) == sorted(hour)


@given(st.lists(st.integers(-(10**15), 10**15), max_size=400), st.integers(0, 60))
def test_any_series_is_foreseen_in_order(values: list[int], horizon: int) -> None:
    """As many steps as were asked for, each with its quantiles in order."""
    ahead = predict(values, horizon)
    assert len(ahead) == horizon
    assert all(list(one) == sorted(one) for one in ahead)
