import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from events.types import SpendObservation, SpendObserved
from forecaster.choosing import filled
from forecaster.days import DAY_MS
from forecaster.ledger import Ledger
from forecaster.levels import column, quantiles_of
from tests.forecaster_kit import event, midnight, page

NOW_MS = 1_795_262_400_000
SUBJECT = "acme/tiktok/1"

Reading = tuple[int, int, int, int]
READINGS = st.lists(
    # A day, an hour, what it had cost, and as of when; no two readings of a moment.
    st.tuples(st.integers(1, 3), st.integers(0, 23), st.integers(0, 10**15), st.integers(0, 10**6)),
    max_size=30,
    unique_by=lambda reading: reading[3],
)


def told(readings: list[Reading]) -> dict[str, bytes]:
    """Let a ledger hear readings in this order."""
    ledger = Ledger(10)
    for age, hour, micros, since_ms in readings:
        known = page(midnight(NOW_MS) - age * DAY_MS, 0)
        fact = SpendObserved(
            currency=known.currency,
            day=known.day,
            day_start_ms=known.day_start_ms,
            day_end_ms=known.day_end_ms,
            as_of_ms=known.day_start_ms + since_ms,
            observations=(SpendObservation("c0", hour, micros),),
        )
        for _ in range(2):  # what comes twice says nothing new
            ledger.take(event(SUBJECT, fact, NOW_MS, "e"), NOW_MS)
    return ledger.accounts[SUBJECT].campaigns["c0"].days if readings else {}


@given(readings=READINGS, random=st.randoms(use_true_random=False))
def test_the_ledger_is_the_same_in_whatever_order_pages_come(readings: list[Reading], random: object) -> None:
    """So that a forecaster that reads again learns the same."""
    shuffled = list(readings)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # the strategy's own type is not public
    assert told(shuffled) == told(readings)


@given(row=st.lists(st.one_of(st.just(float("nan")), st.floats(-1e15, 1e15)), max_size=400))
def test_filling_holes_keeps_what_is_known(row: list[float]) -> None:
    """And leaves none behind the first value."""
    values = np.array(row, np.float64)
    found = filled(values)
    assert np.isfinite(found).all()
    kept = values[len(values) - len(found) :]
    assert (found[np.isfinite(kept)] == kept[np.isfinite(kept)]).all()


@given(permille=st.integers(1, 499))
def test_a_level_has_its_quantiles_on_either_side_of_the_middle(permille: int) -> None:
    """And columns say them exactly."""
    low, middle, high = quantiles_of(f"{permille * 2 / 1000}")
    assert (middle - low, high - middle) == (permille, permille)
    assert [float(column(one).removeprefix("q")) for one in (low, middle, high)] == [
        low / 1000,
        middle / 1000,
        high / 1000,
    ]
