from decimal import Decimal
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from domain.treasury import calculator, rates, stints
from domain.treasury.calculator import CENT, Standing
from domain.treasury.rows import Stint
from events.types import FundingPolicySet

AHEE = FundingPolicySet(policy_version=0, mode="ahee")
CENTS = st.integers(0, 10_000_000)
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03")


def seed(number: type, budget: int, spent: int, balance: int, hour: int, *, is_accelerated: bool) -> int:
    """Return what seed 000's calculate_required_funding does, in cents, by one kind of number."""
    hours_left = 24 - hour
    hourly = number(budget) * number("0.08") if is_accelerated else number(budget) / 24
    expected = int(hourly * hours_left)
    target = int(expected * number("0.95"))
    return max(0, min(target - balance, budget - spent))


def exact(budget: int, spent: int, balance: int, hour: int, *, is_accelerated: bool) -> int:
    """Return the same by whole numbers, each product before its division."""
    hours_left = 24 - hour
    expected = budget * 8 * hours_left // 100 if is_accelerated else budget * hours_left // 24
    return max(0, min(expected * 95 // 100 - balance, budget - spent))


def ours(budget: int, spent: int, balance: int, hour: int, *, is_accelerated: bool) -> int:
    """Return what the policy `ahee` does, in cents."""
    one = Standing(budget * CENT, spent * CENT, 0, 0, 24 - hour, 24, is_accelerated)
    found = calculator.ahee(AHEE, [one], balance * CENT).micro_usdc
    assert found % CENT == 0
    return found // CENT


@given(budget=CENTS, spent=CENTS, balance=CENTS, hour=st.integers(0, 23), is_accelerated=st.booleans())
def test_the_policy_ahee_is_the_seeds_formula_to_the_cent(
    *, budget: int, spent: int, balance: int, hour: int, is_accelerated: bool
) -> None:
    """By whole numbers it is the same; by floats too, but where these fall just short of a whole cent."""
    at = budget, spent, balance, hour
    found = ours(*at, is_accelerated=is_accelerated)
    assert found == exact(*at, is_accelerated=is_accelerated)
    by_float = seed(float, *at, is_accelerated=is_accelerated)
    if found != by_float:
        hours_left = 24 - hour
        whole = (budget * 8 * hours_left) % 100 if is_accelerated else (budget * hours_left) % 24
        expected = budget * 8 * hours_left // 100 if is_accelerated else budget * hours_left // 24
        assert abs(found - by_float) == 1
        assert whole == 0 or expected * 95 % 100 == 0


@given(CENTS, CENTS, CENTS, st.integers(0, 23))
def test_an_accelerated_day_is_the_seeds_by_decimals(
    budget: int, spent: int, balance: int, hour: int
) -> None:
    """Eight percent and ninety-five are exact in decimals, so nothing differs at all."""
    at = budget, spent, balance, hour
    assert ours(*at, is_accelerated=True) == seed(Decimal, *at, is_accelerated=True)


@given(st.integers(0, 10**15), st.lists(st.integers(0, 10**15), min_size=1, max_size=32))
def test_a_split_loses_nothing_and_is_fair_to_the_micro(amount: int, weights: list[int]) -> None:
    """Each part is what is due to it, or one more."""
    parts = calculator.split(amount, weights)
    whole = sum(weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        if whole:
            assert 0 <= part * whole - amount * weight + whole <= 2 * whole


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_an_amount_is_never_worth_less_in_usdc_than_it_is(micros: int, nano: int) -> None:
    """It is rounded up, by less than one micro."""
    found = rates.in_usdc(micros, nano)
    assert 0 <= found * rates.NANO - prod((micros, nano)) < rates.NANO


MOVES = st.lists(
    st.tuples(st.sampled_from(["p1", "p2", ""]), st.sampled_from(DAYS), st.integers(0, 100)), max_size=6
)


@given(MOVES, st.sampled_from(DAYS), st.integers(0, 100))
def test_whatever_pots_a_campaign_moves_between_its_day_is_paid_once(
    moves: list[tuple[str, str, int]], day: str, spent: int
) -> None:
    """The pots' shares and what nobody pays add up to the day."""
    history: tuple[Stint, ...] = (Stint("p1"),)
    for pot, at, mark in sorted(moves, key=lambda one: (one[1], one[2])):
        history = stints.begin(history, Stint(pot, at, mark, mark))
    shares = stints.shares(history, day, spent, spent)
    assert sum(share for share, _ in shares.values()) == spent
    assert all(share >= 0 for pair in shares.values() for share in pair)
