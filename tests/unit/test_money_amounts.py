"""Amounts of USDC as people type and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.commands.treasury import nano_of
from headgate.money.amounts import parsed, said, short, sol
from infra.errors import FixInput


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("500", 500_000_000),
        ("12.50", 12_500_000),
        ("$0.000001", 1),
        ("1000000000", 10**15),
        (" 7.0 ", 7_000_000),
    ],
)
def test_dollars_are_read_exactly(text: str, micro: int) -> None:
    """To the micro, from one to a billion dollars."""
    assert parsed(text) == micro


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0", "zero"),
        ("0.000000", "zero"),
        ("-5", "negative"),
        ("1.0000001", "7 decimals"),
        ("1000000000.000001", "more than one funding may move"),
        ("18446744073709.551616", "more than a pot on chain can count"),
        ("1e5", "no amount"),
        ("1,000", "no amount"),
        ("", "no amount"),
        ("12.", "no amount"),
        ("\u0663", "no amount"),
        ("9" * 5_000, "no amount"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(text: str, told: str) -> None:
    """Each with what to do instead."""
    with pytest.raises(FixInput, match=told):
        parsed(text)


@given(st.integers(1, 10**15))
def test_what_is_said_is_read_again(micro: int) -> None:
    """Nothing is rounded on the way to people and back."""
    assert parsed(said(micro).replace(",", "")) == micro


def test_tables_cut_below_the_cent_and_sol_does_not() -> None:
    """Figures of a table are short; what pays fees is small."""
    assert (short(12_349_999), short(-30_000_000), said(1_500_000)) == ("12.34", "-30.00", "1.50")
    assert (sol(5_000), sol(2_000_000_000)) == ("0.000005 SOL", "2.0 SOL")


@pytest.mark.parametrize(
    ("text", "nano"), [("1.0832", 1_083_200_000), ("0.0065", 6_500_000), ("2", 2 * 10**9)]
)
def test_rates_are_read_exactly(text: str, nano: int) -> None:
    """In thousandths of a micro."""
    assert nano_of(text) == nano


@pytest.mark.parametrize("text", ["0", "-1", "1.0000000001", "x", "1e3", "9999999"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """Zero too: nothing would be worth nothing."""
    with pytest.raises(FixInput, match="no rate"):
        nano_of(text)
