"""What money brings: value or conversions for what was spent, drawn towards the mean of all where thin."""

from collections.abc import Sequence

from msgspec import Struct

from domain.allocation.model import WHOLE, Basis, Entry, Rules


class Pool(Struct, frozen=True):
    """What all of a currency have spent together and what it brought."""

    basis: Basis
    spend_micros: int
    conversions: int
    worth: int
    """Value in micros, or conversions, by the basis."""


def pooled(entries: Sequence[Entry]) -> Pool | None:
    """Add up what there is to compare with, or return ``None`` where nothing came of any money.

    Value counts only where every conversion has one: to compare who tells of it with who does not would
    take the silent for worthless.
    """
    spend_micros = sum(entry.spend_micros for entry in entries)
    conversions = sum(entry.conversions for entry in entries)
    if not spend_micros or not conversions:
        return None
    if all(entry.value_micros > 0 for entry in entries if entry.conversions):
        return Pool("value", spend_micros, conversions, sum(entry.value_micros for entry in entries))
    return Pool("conversions", spend_micros, conversions, conversions)


def performance_permille(entry: Entry, pool: Pool, rules: Rules) -> int | None:
    """Return what its money brings, of the mean of all, or ``None`` while too little is known of it."""
    expected = entry.spend_micros * pool.conversions  # times the pool's spend
    if max(entry.conversions * pool.spend_micros, expected) < rules.conversions_min * pool.spend_micros:
        return None
    worth = entry.value_micros if pool.basis == "value" else entry.conversions
    prior = rules.prior_conversions
    brought = (worth * pool.conversions + prior * pool.worth) * pool.spend_micros
    usual = (expected + prior * pool.spend_micros) * pool.worth
    return WHOLE * brought // usual
