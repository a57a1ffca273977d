import pytest

from domain.allocation.model import Entry, Rules
from domain.allocation.moving import budgets, reallocate

UNIT = 1_000_000


def entry(name: str, conversions: int, *, unused: int = 0, **more: object) -> Entry:
    """Return a budget of 100 units a day of which so many were left, after a spend of 700 units."""
    given = {"budget_micros": 100 * UNIT, "due_micros": 100 * UNIT, "spend_micros": 700 * UNIT}
    told = given | {"unused_micros": unused * UNIT} | more
    return Entry(name=name, currency="USD", conversions=conversions, **told)  # type: ignore[arg-type]  # the fields that a test is about


def test_half_of_what_the_worst_leaves_goes_to_the_best() -> None:
    """What is left unused serves nobody; the other half stays for the day that may still need it."""
    (move,) = reallocate([entry("slow", 20, unused=60), entry("quick", 80)])
    assert (move.giver, move.taker, move.amount_micros) == ("slow", "quick", 30 * UNIT)
    assert (move.basis, move.limited_by, move.giver_unused_micros) == ("conversions", "unused", 60 * UNIT)
    assert move.giver_permille < 1_000 < move.taker_permille


def test_a_fifth_better_is_what_it_takes() -> None:
    """Seed 004: differences under 20 % are left alone; thin data is drawn together first."""
    assert not reallocate([entry("a", 1_000, unused=60), entry("b", 1_190)])
    assert reallocate([entry("a", 1_000, unused=60), entry("b", 1_230)])


def test_little_evidence_moves_nothing() -> None:
    """Five conversions against one are luck as likely as skill."""
    assert not reallocate([entry("a", 1, unused=60), entry("b", 5)])
    assert not reallocate([entry("a", 0, unused=60), entry("b", 0)])
    assert not reallocate([])


def test_who_leaves_its_own_takes_nothing() -> None:
    """However well it does: it could not use more."""
    assert not reallocate([entry("a", 20, unused=60), entry("b", 80, unused=30)])


def test_floors_and_ceilings_of_a_campaign_hold() -> None:
    """People's bounds come before what the figures say, and the move tells which one stopped it."""
    (move,) = reallocate([entry("a", 20, unused=60, floor_micros=85 * UNIT), entry("b", 80)])
    assert (move.amount_micros, move.limited_by) == (15 * UNIT, "floor")
    (move,) = reallocate([entry("a", 20, unused=60), entry("b", 80, ceiling_micros=110 * UNIT)])
    assert (move.amount_micros, move.limited_by) == (10 * UNIT, "room")


def test_what_the_best_cannot_take_goes_to_the_next() -> None:
    """Worst to best, then what is left of it to the second best; the total stays."""
    entries = [
        entry("worst", 10, unused=100),
        entry("best", 200, ceiling_micros=120 * UNIT),
        entry("good", 150),
    ]
    moves = reallocate(entries)
    assert [(m.taker, m.amount_micros) for m in moves] == [("best", 20 * UNIT), ("good", 30 * UNIT)]
    assert budgets(entries, moves) == {"worst": 50 * UNIT, "best": 120 * UNIT, "good": 130 * UNIT}


def test_value_counts_where_every_conversion_has_one() -> None:
    """A channel of few but dear conversions is the better one, if all tell what theirs are worth."""
    few = entry("few", 20, value_micros=9_000 * UNIT)
    many = entry("many", 80, unused=60, value_micros=900 * UNIT)
    (move,) = reallocate([few, many])
    assert (move.taker, move.basis) == ("few", "value")
    silent = entry("many", 80, unused=0)
    (move,) = reallocate([entry("few", 20, unused=60, value_micros=9_000 * UNIT), silent])
    assert (move.taker, move.basis) == ("many", "conversions")


def test_rules_that_cannot_be_are_refused() -> None:
    """So is a list in which two go by one name."""
    with pytest.raises(ValueError, match="shares"):
        Rules(giving_permille=1_001)
    with pytest.raises(ValueError, match="negative"):
        Rules(growth_permille=-1)
    with pytest.raises(ValueError, match="1 at least"):
        Rules(move_micros_min=0)
    with pytest.raises(ValueError, match="name of its own"):
        reallocate([entry("a", 1), entry("a", 2)])
