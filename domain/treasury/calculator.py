"""How much a pot needs, in whole micro-USDC: as its plans expect, or as seed 000 reckoned.

`ahee` is the seed's formula with its roundings, in whole cents. Two things differ from its text: products are
exact where its floats may fall just short of a whole cent and lose it, and a day has the hours that it has
in its account's own time zone, 23 to 25, where the seed counted 24 in UTC.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from events.types import FundingPolicySet

CENT: Final = 10_000  # micro-USDC


class Standing(NamedTuple):
    """Where a campaign stands in its day."""

    budget_micro_usdc: int | None
    spent_micro_usdc: int
    """With what it has probably not reported yet."""
    expected_micro_usdc: int
    """By its plan, until it is metered next."""
    band_micro_usdc: int
    hours_left: int
    """With the one that it is in."""
    day_hours: int
    is_accelerated: bool

    @property
    def left_micro_usdc(self) -> int | None:
        """Return what is left of the budget; None where there is none."""
        if self.budget_micro_usdc is None:
            return None
        return max(0, self.budget_micro_usdc - self.spent_micro_usdc)


class Need(NamedTuple):
    """What a pot needs now, and what each of its campaigns is to find in it."""

    micro_usdc: int
    targets_micro_usdc: tuple[int, ...]


def need(policy: FundingPolicySet, standings: Sequence[Standing], available_micro_usdc: int) -> Need:
    """Return what a pot needs; what is available may be below zero when more was spent than it holds."""
    if policy.mode == "ahee":
        return ahee(policy, standings, available_micro_usdc)
    targets = tuple(planned_target(one) for one in standings)
    return Need(max(0, sum(targets) - available_micro_usdc), targets)


def planned_target(standing: Standing) -> int:
    """Return what the plan and its band expect until the next look, never more than the budget has left."""
    wanted = standing.expected_micro_usdc + standing.band_micro_usdc
    left = standing.left_micro_usdc
    return wanted if left is None else min(wanted, left)


def ahee(policy: FundingPolicySet, standings: Sequence[Standing], available_micro_usdc: int) -> Need:
    """Return what the seed's calculator says; campaigns without a budget ask for nothing."""
    targets = tuple(ahee_target_cents(policy, one) for one in standings)
    left = sum(
        one.budget_micro_usdc // CENT - -(-one.spent_micro_usdc // CENT)
        for one in standings
        if one.budget_micro_usdc is not None
    )
    cents = min(sum(targets) - available_micro_usdc // CENT, left)
    return Need(max(0, cents) * CENT, tuple(cents * CENT for cents in targets))


def ahee_target_cents(policy: FundingPolicySet, standing: Standing) -> int:
    """Return what a campaign is to find in its pot for the rest of the day, less the safety margin."""
    if standing.budget_micro_usdc is None:
        return 0
    cents = standing.budget_micro_usdc // CENT
    if standing.is_accelerated:
        expected_cents = cents * policy.accelerated_permille * standing.hours_left // 1000
    else:
        expected_cents = cents * standing.hours_left // standing.day_hours
    return expected_cents * policy.safety_permille // 1000


def split(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Divide an amount in proportion to weights; the rest goes to the largest remainders."""
    whole = sum(weights)
    if whole == 0:
        return split(amount, (1,) * len(weights)) if weights else ()
    parts = [amount * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % whole))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return tuple(parts)
