from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.allocation.model import Entry, Rules
from domain.allocation.moving import budgets, reallocate
from domain.allocation.performance import performance_permille, pooled
from events.limits import AMOUNT_MICROS_MAX

UNIT = 1_000_000
ODD = st.sampled_from([0, 1, AMOUNT_MICROS_MAX])
# Mostly what a person would set, so that there are moves to look at.
RULES = st.builds(
    Rules,
    difference_permille=st.sampled_from([200, 200, 0, 1_000]),
    giving_permille=st.sampled_from([500, 1_000, 500, 0]),
    using_permille=st.sampled_from([800, 0, 1_000]),
    growth_permille=st.sampled_from([500, 5_000, 500, 100, 0]),
    move_micros_min=st.sampled_from([UNIT, 1, 20 * UNIT]),
    conversions_min=st.sampled_from([10, 0]),
)


@st.composite
def clients(draw: st.DrawFn) -> list[Entry]:
    """Draw what a client has: who leaves budget and does badly, who uses it and does well, and odd ones."""
    is_telling = draw(st.booleans())
    kinds = draw(st.sampled_from([("bad", "good"), ("bad", "good", "bad"), ()]))
    more = draw(st.lists(st.sampled_from(["bad", "good", "odd"]), max_size=4))
    return [
        entry(draw, f"c{number}", kind, is_telling=is_telling) for number, kind in enumerate([*kinds, *more])
    ]


def entry(draw: st.DrawFn, name: str, kind: str, *, is_telling: bool) -> Entry:
    """Draw one of them."""
    budget = draw(ODD if kind == "odd" else st.integers(10, 100).map(lambda units: units * UNIT))
    due = draw(st.sampled_from([budget, budget // 2, 0])) if kind == "odd" else budget
    unused = {"bad": [due, due // 2], "good": [0, due // 7], "odd": [0, due // 2, due]}[kind]
    conversions = {"bad": [15, 30, 0], "good": [200, 500], "odd": [0, 5, 50]}[kind]
    return Entry(
        name=name,
        currency=draw(st.sampled_from(["USD", "USD", "USD", "EUR"])),
        budget_micros=budget,
        due_micros=due,
        unused_micros=draw(st.sampled_from(unused)),
        spend_micros=draw(ODD if kind == "odd" else st.sampled_from([300 * UNIT, 500 * UNIT])),
        conversions=(brought := draw(st.sampled_from(conversions))),
        value_micros=brought * draw(st.integers(1, 9)) * UNIT if is_telling else 0,
        floor_micros=draw(st.sampled_from([0, 0, budget * 9 // 10, AMOUNT_MICROS_MAX])),
        ceiling_micros=draw(st.sampled_from([None, None, budget + UNIT // 2, budget + 5 * UNIT])),
    )


@given(clients(), RULES)
def test_a_reallocation_conserves_to_the_micro_within_each_currency(
    entries: list[Entry], rules: Rules
) -> None:
    """What one gives another takes, and dollars never become euros."""
    after = budgets(entries, reallocate(entries, rules))
    for currency in ("USD", "EUR"):
        before = [entry for entry in entries if entry.currency == currency]
        assert sum(after[entry.name] for entry in before) == sum(entry.budget_micros for entry in before)


@given(clients(), RULES)
def test_floors_ceilings_and_shares_hold(entries: list[Entry], rules: Rules) -> None:
    """Nobody gives more than their share of what is unused, or falls below a floor, or takes beyond a cap."""
    after = budgets(entries, reallocate(entries, rules))
    for entry in entries:
        gained = after[entry.name] - entry.budget_micros
        if gained < 0:
            assert after[entry.name] >= entry.floor_micros
            assert -gained * 1_000 <= entry.unused_micros * rules.giving_permille
        if gained > 0:
            highest = AMOUNT_MICROS_MAX if entry.ceiling_micros is None else entry.ceiling_micros
            assert after[entry.name] <= min(highest, AMOUNT_MICROS_MAX)
            assert gained * 1_000 <= entry.budget_micros * rules.growth_permille


@given(clients(), RULES)
def test_every_move_is_worth_it_and_says_why(entries: list[Entry], rules: Rules) -> None:
    """No move is below the minimum or between equals, and the performances are those that were compared."""
    named = {entry.name: entry for entry in entries}
    for move in reallocate(entries, rules):
        assert move.amount_micros >= rules.move_micros_min
        assert move.taker_permille > move.giver_permille
        assert move.taker_permille * 1_000 >= move.giver_permille * (1_000 + rules.difference_permille)
        pool = pooled([entry for entry in entries if entry.currency == move.currency])
        assert pool is not None
        assert performance_permille(named[move.giver], pool, rules) == move.giver_permille
        assert performance_permille(named[move.taker], pool, rules) == move.taker_permille


@given(clients(), RULES)
def test_nobody_gives_and_takes_at_once(entries: list[Entry], rules: Rules) -> None:
    """A move that another undoes would be an edit for nothing."""
    moves = reallocate(entries, rules)
    assert not {move.giver for move in moves} & {move.taker for move in moves}


@given(st.data(), RULES)
def test_the_order_of_entries_changes_nothing(data: st.DataObject, rules: Rules) -> None:
    """The same client gets the same moves, however its campaigns were listed, and each time again."""
    entries = data.draw(clients())
    assert reallocate(entries, rules) == reallocate(data.draw(st.permutations(entries)), rules)


@given(clients(), RULES, st.sampled_from([7, 1_000]))
def test_another_unit_of_money_gives_the_same_moves(entries: list[Entry], rules: Rules, scale: int) -> None:
    """Yen or dollars: in amounts a thousand times as large everything is a thousand times as large."""
    small = [replace(entry, **_scaled(entry, 1_000)) for entry in entries if entry.budget_micros < 10**9]
    large = [replace(entry, **_scaled(entry, scale)) for entry in small]
    exact = replace(rules, move_micros_min=rules.move_micros_min * 1_000)
    moved = [
        replace(m, amount_micros=m.amount_micros * scale, giver_unused_micros=0)
        for m in reallocate(small, exact)
    ]
    again = reallocate(large, replace(exact, move_micros_min=exact.move_micros_min * scale))
    assert [replace(m, giver_unused_micros=0) for m in again] == moved


def _scaled(entry: Entry, scale: int) -> dict[str, int | None]:
    names = ("budget_micros", "due_micros", "unused_micros", "spend_micros", "value_micros", "floor_micros")
    ceiling = None if entry.ceiling_micros is None else entry.ceiling_micros * scale
    return {name: getattr(entry, name) * scale for name in names} | {"ceiling_micros": ceiling}
