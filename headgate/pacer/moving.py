"""Moves budget between a campaign's channels: entries from the rows, and moves put into force as terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain.allocation.model import Entry
from domain.allocation.moving import budgets, reallocate
from domain.pacing import plan
from headgate.pacer.amounts import to_amount
from headgate.pacer.book import subject_of
from headgate.pacer.insight import days_until, totals
from headgate.pacer.shapes import ChannelType

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from domain.allocation.model import Move
    from domain.pacing.rows import CampaignRow
    from headgate.pacer.book import Book
    from headgate.pacer.insight import Values

__all__ = ["Entry", "entries", "make", "reallocate"]

EVIDENCE_DAYS: Final = 7


def entries(book: Book, values: Values, campaign: str) -> list[Entry]:
    """Return a campaign's channels with what each left of what was due, and what its money brings."""
    days = days_until(book.today().day, EVIDENCE_DAYS)
    return [_entry(book, values, campaign, channel, days) for channel in book.channels(campaign)]


def make(
    book: Book, campaign: str, before: Sequence[Entry], moves: Iterable[Move]
) -> dict[ChannelType, Decimal]:
    """Put the budgets into force that the moves lead to; return by how much each channel's changed."""
    after = budgets(before, moves)
    changed: dict[ChannelType, Decimal] = {}
    for entry in before:
        more_micros = after[entry.name] - entry.budget_micros
        if not more_micros:
            continue
        channel = ChannelType(entry.name)
        book.set_terms(campaign, channel, amount_micros=after[entry.name], why="reallocated")
        changed[channel] = to_amount(more_micros)
    return changed


def _entry(book: Book, values: Values, campaign: str, channel: ChannelType, days: list[str]) -> Entry:
    row = book.row(campaign, channel)
    terms = book.terms(campaign, channel)
    micros, _, _, conversions = totals(book, campaign, channel, days)
    due_micros = plan.expected_micros(row) if row.plan else 0
    budget_micros = row.target_micros or 0
    # What stands still by our own doing has no use for more.
    is_running = book.engine.platform.statuses.get((subject_of(channel), campaign)) != "paused"
    ceiling_micros = None if terms is None else terms.ceiling_micros
    return Entry(
        name=channel.value,
        currency=book.currency,
        budget_micros=budget_micros,
        due_micros=due_micros,
        unused_micros=max(0, due_micros - spent_micros(row)),
        spend_micros=micros,
        conversions=conversions,
        value_micros=values.of_days(campaign, channel, days) or 0,
        floor_micros=0 if terms is None or terms.floor_micros is None else terms.floor_micros,
        ceiling_micros=ceiling_micros if is_running else 0,
    )


def spent_micros(row: CampaignRow) -> int:
    """Return what a campaign's day has cost so far."""
    return row.spent_micros + row.recorded_micros
