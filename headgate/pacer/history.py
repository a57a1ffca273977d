"""Teaches a pacer what was spent before it began: past days, from which the nights learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import local_time
from domain.pacing.rows import DAYS_KEPT
from headgate.pacer.amounts import Unusable, to_micros
from headgate.pacer.book import check_counts
from headgate.pacer.calendar import to_ms
from headgate.pacer.insight import days_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headgate.pacer.book import Book, Hour
    from headgate.pacer.insight import Values
    from headgate.pacer.shapes import ChannelType, SpendTransaction

TRANSACTIONS_MAX: Final = 10_000_000
NOTHING: Final = (0, 0, 0, 0)

Place = tuple[str, "ChannelType", str]
Days = dict[Place, dict[int, "Hour"]]


def load(book: Book, values: Values, transactions: Iterable[SpendTransaction]) -> int:
    """Count transactions of past days, and plan today anew from them; return how many days that were."""
    found, worth = _by_day(book, transactions)
    for campaign, channel in dict.fromkeys((campaign, channel) for campaign, channel, _ in found):
        book.open(campaign, channel)
    with book.engine.all_or_nothing():
        for (campaign, channel, day), hours in sorted(found.items(), key=lambda item: item[0][2]):
            book.observe_hours(campaign, channel, book.calendar.day_of(day), hours)
    for (campaign, channel, day), micros in worth.items():
        values.add(campaign, channel, day, micros)
    for campaign, channel in dict.fromkeys((campaign, channel) for campaign, channel, _ in found):
        if book.terms(campaign, channel) is not None:
            book.set_terms(campaign, channel, why="history loaded")
    return len(found)


def _by_day(book: Book, transactions: Iterable[SpendTransaction]) -> tuple[Days, dict[Place, int]]:
    today = book.today()
    kept = set(days_until(today.day, DAYS_KEPT + 1))
    found: Days = {}
    worth: dict[Place, int] = {}
    for number, one in enumerate(transactions):
        at_ms = to_ms(one.timestamp)
        if number >= TRANSACTIONS_MAX or at_ms >= today.start_ms:
            raise Unusable(
                f"Transaction {number} of the history is of {one.timestamp}.",
                f"Give days before today, {TRANSACTIONS_MAX:,} transactions at most.",
            )
        day = book.calendar.day_at(at_ms)
        if day.day not in kept:
            continue  # what is older than the platforms' own corrections teaches nothing of this month
        place = (one.campaign_id, one.channel, day.day)
        hours = found.setdefault(place, {})
        hour = local_time.hour_at(day.start_ms, at_ms)
        hours[hour] = added(hours.get(hour, NOTHING), one)
        if one.value is not None:
            worth[place] = worth.get(place, 0) + to_micros(one.value, "value")
    return found, worth


def added(hour: Hour, more: SpendTransaction) -> Hour:
    """Return what an hour cost and brought with a transaction more."""
    counts = check_counts(more)
    return (
        hour[0] + to_micros(more.amount, "amount"),
        hour[1] + counts[0],
        hour[2] + counts[1],
        hour[3] + counts[2],
    )
