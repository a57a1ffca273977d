"""Proposes moves of budget: from the worst that leave theirs unused to the best that use theirs up.

Whatever the entries are, the moves only carry over: what one gives another takes, to the micro.
"""

from collections.abc import Iterable, Iterator, Sequence

from domain import money
from domain.allocation.model import WHOLE, Entry, LimitedBy, Move, Rules
from domain.allocation.performance import Pool, performance_permille, pooled
from events.limits import AMOUNT_MICROS_MAX


class Side:
    """One that may give or take, and how much of that is left."""

    def __init__(self, entry: Entry, performance: int, left_micros: int, limited_by: LimitedBy) -> None:
        self.entry = entry
        self.performance = performance
        self.left_micros = left_micros
        self.limited_by = limited_by


def reallocate(entries: Sequence[Entry], rules: Rules | None = None) -> tuple[Move, ...]:
    """Return the moves that are worth making; in which order the entries come changes nothing."""
    names = {entry.name for entry in entries}
    if len(names) != len(entries):
        raise ValueError("each entry has a name of its own, since moves are told by it")
    using = rules or Rules()
    currencies = sorted({entry.currency for entry in entries})
    return tuple(
        move
        for currency in currencies
        for move in _within([entry for entry in entries if entry.currency == currency], using)
    )


def budgets(entries: Iterable[Entry], moves: Iterable[Move]) -> dict[str, int]:
    """Return each one's daily budget when the moves are made."""
    after = {entry.name: entry.budget_micros for entry in entries}
    for move in moves:
        after[move.giver] -= move.amount_micros
        after[move.taker] += move.amount_micros
    return after


def _within(entries: Sequence[Entry], rules: Rules) -> Iterator[Move]:
    """Yield the moves within one currency: the worst giver meets the best taker until they are alike."""
    pool = pooled(entries)
    if pool is None:
        return
    givers = _ranked(_givers(entries, pool, rules))
    takers = _ranked(_takers(entries, pool, rules))
    while givers and takers:
        giver, taker = givers[0], takers[-1]
        if not _is_worth_it(giver, taker, rules):
            return  # no pair that is left is further apart
        if giver.left_micros < rules.move_micros_min:
            givers.pop(0)
        elif taker.left_micros < rules.move_micros_min:
            takers.pop()
        else:
            yield _move(giver, taker, pool)


def _is_worth_it(giver: Side, taker: Side, rules: Rules) -> bool:
    """Say whether one does enough more with money than the other; of equals none gives to the other."""
    enough = giver.performance * (WHOLE + rules.difference_permille)
    return taker.performance > giver.performance and taker.performance * WHOLE >= enough


def _move(giver: Side, taker: Side, pool: Pool) -> Move:
    amount_micros = min(giver.left_micros, taker.left_micros)
    limited_by = giver.limited_by if amount_micros == giver.left_micros else "room"
    giver.left_micros -= amount_micros
    taker.left_micros -= amount_micros
    return Move(
        giver=giver.entry.name,
        taker=taker.entry.name,
        currency=giver.entry.currency,
        amount_micros=amount_micros,
        basis=pool.basis,
        giver_permille=giver.performance,
        taker_permille=taker.performance,
        giver_unused_micros=giver.entry.unused_micros,
        limited_by=limited_by,
    )


def _givers(entries: Sequence[Entry], pool: Pool, rules: Rules) -> Iterator[Side]:
    for entry in entries:
        performance = performance_permille(entry, pool, rules)
        if performance is None:
            continue
        unused_micros = max(0, min(entry.unused_micros, entry.budget_micros))
        offered_micros = money.permille_of(unused_micros, rules.giving_permille)
        spare_micros = max(0, entry.budget_micros - entry.floor_micros)
        limited_by: LimitedBy = "floor" if spare_micros < offered_micros else "unused"
        yield Side(entry, performance, min(offered_micros, spare_micros), limited_by)


def _takers(entries: Sequence[Entry], pool: Pool, rules: Rules) -> Iterator[Side]:
    for entry in entries:
        performance = performance_permille(entry, pool, rules)
        used_micros = entry.due_micros - entry.unused_micros
        if performance is None or used_micros * WHOLE < entry.due_micros * rules.using_permille:
            continue
        ceiling_micros = AMOUNT_MICROS_MAX if entry.ceiling_micros is None else entry.ceiling_micros
        growth_micros = money.permille_of(entry.budget_micros, rules.growth_permille)
        room_micros = min(growth_micros, min(ceiling_micros, AMOUNT_MICROS_MAX) - entry.budget_micros)
        yield Side(entry, performance, max(0, room_micros), "room")


def _ranked(sides: Iterable[Side]) -> list[Side]:
    """Put the worst first; names decide between equals, so that order of entries does not matter."""
    return sorted(sides, key=lambda side: (side.performance, side.entry.name))
