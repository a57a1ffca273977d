from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.money import to_count, to_micros, to_units
from events.limits import AMOUNT_MICROS_MAX


@pytest.mark.parametrize(
    ("text", "micros"),
    [("0", 0), ("0.00", 0), ("-0.00", 0), ("41.20", 41_200_000), ("1E+2", 100_000_000), ("0.000001", 1)],
)
def test_an_amount_is_converted_to_the_micro(text: str, micros: int) -> None:
    """A platform's decimals are exact, so ours are."""
    assert to_micros(text) == micros
    assert to_micros(Decimal(text)) == micros


@pytest.mark.parametrize(
    "text",
    ["", "-", "abc", "-0.01", "0.0000001", "NaN", "Infinity", "1e999999999", "1e-999999999", "1000000000.01"],
)
def test_what_is_no_amount_is_refused_in_words(text: str) -> None:
    """Neither guessed nor rounded, and a huge exponent costs nothing."""
    with pytest.raises(ValueError, match=r"amount|micros"):
        to_micros(text)


@given(st.integers(0, AMOUNT_MICROS_MAX))
def test_micros_come_back_from_units_as_they_were(micros: int) -> None:
    """A budget that is written and read back is the same."""
    assert to_micros(to_units(micros)) == micros
    assert to_micros(str(to_units(micros))) == micros
    assert "E" not in str(to_units(micros * 1_000_000 % AMOUNT_MICROS_MAX // 1_000_000 * 1_000_000))


def test_a_count_may_have_decimals_only_when_they_are_zeros() -> None:
    """Half a click is a misunderstanding."""
    assert [to_count("7"), to_count("7.00"), to_count("0")] == [7, 7, 0]
    with pytest.raises(ValueError, match="count"):
        to_count("7.5")
