import pytest

from domain.treasury.calculator import Standing, ahee, need, planned_target, split
from events.types import FundingPolicySet
from tests.treasury_kit import USD

PLANNED, AHEE = FundingPolicySet(policy_version=0), FundingPolicySet(policy_version=0, mode="ahee")


def standing(**more: int | bool | None) -> Standing:
    """Return a campaign at noon: twenty of a hundred dollars are spent, eight more are expected."""
    told = {
        "budget_micro_usdc": 100 * USD,
        "spent_micro_usdc": 20 * USD,
        "expected_micro_usdc": 8 * USD,
        "band_micro_usdc": 2 * USD,
        "hours_left": 12,
        "day_hours": 24,
        "is_accelerated": False,
    }
    return Standing(**(told | more))  # type: ignore[arg-type]  # the fields that a test is about


def test_what_the_plan_and_its_band_expect_is_in_the_pot() -> None:
    """Less what is there already."""
    assert need(PLANNED, [standing()], 3 * USD).micro_usdc == 7 * USD
    assert need(PLANNED, [standing()], 30 * USD).micro_usdc == 0


def test_never_more_than_the_budget_has_left() -> None:
    """Whatever the band says."""
    assert planned_target(standing(spent_micro_usdc=95 * USD)) == 5 * USD
    assert planned_target(standing(spent_micro_usdc=120 * USD)) == 0


def test_without_a_budget_the_plan_alone_says_it() -> None:
    """The seed's formula has nothing to go by then."""
    free = standing(budget_micro_usdc=None)
    assert planned_target(free) == 10 * USD
    assert need(AHEE, [free], 0).micro_usdc == 0


def test_what_was_spent_and_not_settled_comes_on_top() -> None:
    """It leaves the pot soon, so it is not there for what comes."""
    assert need(PLANNED, [standing()], -5 * USD).micro_usdc == 15 * USD


def test_the_seeds_formula_at_noon() -> None:
    """Half of the day is left: 100 / 24 * 12 = 50, of which 95 %."""
    assert ahee(AHEE, [standing()], 10 * USD).micro_usdc == 37_500_000


def test_the_seeds_formula_for_an_accelerated_campaign() -> None:
    """Eight percent an hour: 96, of which 95 %, and no more than the budget has left."""
    assert ahee(AHEE, [standing(is_accelerated=True)], 0).micro_usdc == 80 * USD
    assert ahee(AHEE, [standing(is_accelerated=True)], 60 * USD).micro_usdc == 31_200_000


def test_a_day_has_the_hours_that_it_has() -> None:
    """At the start of each the whole day is left."""
    for hours in (23, 24, 25):
        whole = standing(hours_left=hours, day_hours=hours, spent_micro_usdc=0)
        assert ahee(AHEE, [whole], 0).micro_usdc == 95 * USD


def test_several_campaigns_of_one_pot_are_added_up() -> None:
    """What one has left over the other may use."""
    assert need(PLANNED, [standing(), standing(expected_micro_usdc=0)], 4 * USD).micro_usdc == 8 * USD


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [(10, (1, 1, 1), (4, 3, 3)), (1, (1, 2), (0, 1)), (7, (0, 0), (4, 3)), (5, (0, 3), (0, 5)), (5, (), ())],
)
def test_parts_add_up_and_the_largest_remainders_come_first(
    amount: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    """No micro is lost, and none is made."""
    assert split(amount, weights) == parts
