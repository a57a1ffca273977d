"""A treasury in a simulated world of trouble: chain, ledger and facts say the same."""

from __future__ import annotations

import pytest

from proof.treasury import runs
from proof.treasury.mutations import MUTATIONS

QUICK_SEEDS, QUICK_SEEDS_IN_A_TEST = 60, 20
SLOW_SEEDS, SLOW_SEEDS_IN_A_TEST = 2_000, 100
FIRST_SLOW_SEED = 10_001
MUTATED_SEEDS, QUICK_MUTATED_SEEDS = 400, 25
# Without these the first few seeds turn red.
QUICK_MUTATIONS = (
    "an exception proves nothing",
    "decisions with their position",
    "fence against zombies",
    "outcome with its offset",
    "posted once",
)


@pytest.mark.parametrize("first", range(1, QUICK_SEEDS + 1, QUICK_SEEDS_IN_A_TEST))
def test_no_money_moves_twice_whatever_the_seed_does(first: int) -> None:
    """Crashes, zombies, forks, lost answers, late transactions: all agree to the micro."""
    assert _failed(first, QUICK_SEEDS_IN_A_TEST) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", range(FIRST_SLOW_SEED, FIRST_SLOW_SEED + SLOW_SEEDS, SLOW_SEEDS_IN_A_TEST))
def test_no_money_moves_twice_in_two_thousand_seeds(first: int) -> None:
    """The same, for longer."""
    assert _failed(first, SLOW_SEEDS_IN_A_TEST) == []


@pytest.mark.parametrize("name", QUICK_MUTATIONS)
def test_a_safeguard_that_is_off_is_soon_missed(name: str) -> None:
    """The verdict can be red."""
    shown = runs.try_mutation(MUTATIONS[name], 1, QUICK_MUTATED_SEEDS)
    assert shown.is_red, shown.told()


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_each_safeguard_that_is_off_is_missed(name: str) -> None:
    """Alone, or with the one that stands behind it off too."""
    shown = runs.try_mutation(MUTATIONS[name], 1, MUTATED_SEEDS)
    assert shown.is_red, shown.told()


def test_a_seed_repeats_itself() -> None:
    """What a seed has shown once it shows again, step by step."""
    for seed in (7, 11):
        assert runs.run(seed).trace == runs.run(seed).trace


def test_the_trouble_reaches_everything() -> None:
    """Over some seeds every kind of trouble comes, and every kind of outcome."""
    totals = runs.Totals()
    for seed in range(100, 115):
        totals.add(runs.run(seed))
    troubles = ("crash", "stand still", "worker crash", "drop", "lost answer", "no answer", "endpoint behind")
    more = ("fork", "restart", "blackout", "signed anew")
    assert [kind for kind in (*troubles, *more) if not totals.happened[kind]] == []
    outcomes = ("funding.posted", "funding.voided", "funding.refused", "settlement.posted", "pot.switched")
    assert [kind for kind in outcomes if not totals.records[kind]] == []


def _failed(first: int, seeds: int) -> list[str]:
    outcomes = [runs.run(seed) for seed in range(first, first + seeds)]
    return [outcome.told() for outcome in outcomes if not outcome.verdict.is_exact]
