"""How near an account's campaigns are to their daily budgets, at the pace of their newest two reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connectors.ports import Campaign, HourSpend

# More is as urgent as this, and a budget of a micro gives no absurd figures.
PERMILLE_MAX = 10_000


class Spent(NamedTuple):
    """What each campaign had spent on a day, by one read."""

    day: str
    as_of_ms: int
    micros: Mapping[str, int]


def spent(day: str, as_of_ms: int, rows: Iterable[HourSpend]) -> Spent:
    """Sum up a read by hours."""
    micros: dict[str, int] = {}
    for row in rows:
        micros[row.campaign] = micros.get(row.campaign, 0) + row.spend_micros
    return Spent(day, as_of_ms, micros)


def near_permille(campaigns: Iterable[Campaign], now: Spent, before: Spent | None, ahead_ms: int) -> int:
    """Return which part of its budget the most-spent running campaign will have spent `ahead_ms` from now.

    Foreseen rather than spent: one that runs away is past its budget before a regular read would see it.
    """
    comparable = before if before is not None and before.day == now.day else None
    return max(
        (
            min(_foreseen(campaign.campaign, now, comparable, ahead_ms) * 1000 // budget, PERMILLE_MAX)
            for campaign in campaigns
            if campaign.status == "enabled" and (budget := campaign.daily_budget_micros)
        ),
        default=0,
    )


def _foreseen(campaign: str, now: Spent, before: Spent | None, ahead_ms: int) -> int:
    micros = now.micros.get(campaign, 0)
    if before is None or before.as_of_ms >= now.as_of_ms:
        return micros
    grown = max(0, micros - before.micros.get(campaign, 0))
    return micros + grown * ahead_ms // (now.as_of_ms - before.as_of_ms)
