"""Pots of money: whose they are, what the chain shows of them, and what is metered against them."""

from collections.abc import Callable
from typing import Any, Final

from events.codec import Event
from events.types import PotSwitched
from projections.projection import Cell, Projection, Rows

OPENED: Final = (
    "pot",
    "name",
    "address",
    "vault",
    "mint",
    "treasury",
    "settlement",
    "funder",
    "spender",
    "authority",
    "daily_cap_micro_usdc",
    "at_ms",
)
LINK: Final = (
    "pot",
    "platform",
    "account",
    "campaign",
    "link_version",
    "is_linked",
    "check_minutes",
    "at_ms",
)
TREASURY: Final = ("slot", "at_ms", "treasury", "treasury_micro_usdc", "fee_payer", "fee_lamports")
SEEN: Final = (
    "pot",
    "balance_micro_usdc",
    "next_sequence",
    "history",
    "funded_micro_usdc",
    "settled_micro_usdc",
    "withdrawn_micro_usdc",
    "daily_cap_micro_usdc",
    "cap_day",
    "cap_used_micro_usdc",
    "spent_day",
    "spent_micro_usdc",
    "is_paused",
    "authority",
)
MOVE: Final = ("sequence", "kind", "movement", "amount_micro_usdc", "slot")
METERED: Final = (
    "pot",
    "platform",
    "account",
    "campaign",
    "currency",
    "day",
    "day_start_ms",
    "day_end_ms",
    "at_ms",
    "budget_micros",
    "spent_micros",
    "likely_micros",
    "expected_micros",
    "band_micros",
    "is_accelerated",
    "is_running",
    "is_closed",
)
WEBHOOK: Final = ("platform", "account", "campaign", "kind", "at_ms")


def cells(thing: object, names: tuple[str, ...]) -> tuple[Cell, ...]:
    """Return what a fact says under these names, in their order; truths as 0 and 1."""
    said = (getattr(thing, name) for name in names)
    return tuple(int(one) if isinstance(one, bool) else one for one in said)


def row_of(names: tuple[str, ...]) -> Callable[[Event], Rows]:
    """Return a projection of one row, whose columns are named as the fact's fields."""
    return lambda event: [cells(event.data, names)]


def treasuries(event: Event) -> Rows:
    """Return the row of a treasury and of who pays fees."""
    fact: Any = event.data
    return [(*cells(fact, TREASURY), len(fact.pots), int(fact.is_whole))]


def seen(event: Event) -> Rows:
    """Return one row a pot of a snapshot."""
    fact: Any = event.data
    return [(fact.slot, fact.at_ms, *cells(one, SEEN)) for one in fact.pots]


def moves(event: Event) -> Rows:
    """Return the row of a movement that a pot has."""
    fact: Any = event.data
    return [(fact.pot, *cells(fact.seen, MOVE), fact.at_ms)]


def switches(event: Event) -> Rows:
    """Return the row of a pot that was paused or let go on, or could not be."""
    fact: Any = event.data
    is_done = isinstance(fact, PotSwitched)
    return [
        (
            *(fact.command_id, fact.pot, int(fact.is_paused), fact.order),
            "done" if is_done else "failed",
            (fact.signature or "") if is_done else "",
            fact.slot if is_done else 0,
            "" if is_done else fact.detail,
            *(fact.fee_lamports, fact.at_ms),
        )
    ]


POTS = Projection("pots_opened", OPENED, row_of(OPENED))
LINKS = Projection("pot_links", LINK, row_of(LINK))
TREASURIES = Projection("treasury_observations", (*TREASURY, "pots", "is_whole"), treasuries)
POTS_SEEN = Projection("pot_observations", ("slot", "at_ms", *SEEN), seen)
MOVES = Projection("pot_moves", ("pot", *MOVE, "at_ms"), moves)
SWITCHES = Projection(
    "pot_switches",
    (
        "command_id",
        "pot",
        "is_paused",
        "order",
        "outcome",
        "signature",
        "slot",
        "detail",
        "fee_lamports",
        "at_ms",
    ),
    switches,
)
METERINGS = Projection("meterings", METERED, row_of(METERED))
WEBHOOKS = Projection("platform_webhooks", WEBHOOK, row_of(WEBHOOK))
