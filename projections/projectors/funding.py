"""What a treasury is asked and decides: fundings and settlements, and every line of the ledger."""

from typing import Any, Final

import msgspec

from events import types
from events.codec import Event
from events.types import Fact
from projections.projection import Projection, Rows
from projections.projectors.pots import row_of

REQUEST: Final = ("request_id", "pot", "amount_micro_usdc", "at_ms", "by", "reason")
# What a movement is, and what became of it.
DECISIONS: Final[dict[type[Fact], tuple[str, str]]] = {
    types.FundingReserved: ("fund", "reserved"),
    types.FundingPosted: ("fund", "posted"),
    types.FundingVoided: ("fund", "voided"),
    types.SettlementReserved: ("settle", "reserved"),
    types.SettlementPosted: ("settle", "posted"),
    types.SettlementVoided: ("settle", "voided"),
}
MOVEMENT: Final = ("movement_id", "pot", "sequence", "amount_micro_usdc")
# What some decisions say and others do not.
WORDS: Final = ("mode", "request_id", "day")
TRANSFER: Final = ("id", "debit", "credit", "amount", "unit", "state")


def rates(event: Event) -> Rows:
    """Return the row of a currency's rate."""
    fact: Any = event.data
    return [(fact.currency, fact.nano_usdc, fact.as_of_ms, fact.source)]


def rules(event: Event) -> Rows:
    """Return the row of a treasury's rules."""
    fact: Any = event.data
    return [(fact.policy_version, fact.mode, msgspec.json.encode(fact, order="deterministic").decode())]


def decisions(event: Event) -> Rows:
    """Return the row of a decision on a movement."""
    fact: Any = event.data
    return [
        (
            *DECISIONS[type(fact)],
            *(getattr(fact, name) for name in MOVEMENT),
            *(getattr(fact, name, None) or "" for name in WORDS),
            getattr(fact, "slot", 0),
            *(getattr(fact, name, None) or "" for name in ("signature", "reason", "detail")),
            fact.at_ms,
        )
    ]


def parts(event: Event) -> Rows:
    """Return one row a campaign that a funding is for."""
    fact: Any = event.data
    return [
        (
            *(fact.movement_id, fact.pot),
            *(one.platform, one.account or "", one.campaign or "", one.amount_micro_usdc),
            *(("", None, None) if one.fx is None else (one.fx.currency, one.fx.nano_usdc, one.fx.as_of_ms)),
        )
        for one in fact.parts
    ]


def refusals(event: Event) -> Rows:
    """Return the row of a funding that was refused."""
    fact: Any = event.data
    return [(fact.pot, fact.request_id or "", fact.wanted_micro_usdc, fact.reason, fact.detail, fact.at_ms)]


def bookings(event: Event) -> Rows:
    """Return the row of what the ledger followed."""
    fact: Any = event.data
    return [(fact.what, fact.pot or "", fact.movement or "", fact.slot, fact.at_ms)]


def transfers(event: Event) -> Rows:
    """Return one row a line of the ledger."""
    fact: Any = event.data
    about = (
        fact.TYPE,
        fact.pot or "",
        getattr(fact, "movement_id", ""),
        getattr(fact, "slot", 0),
        fact.at_ms,
    )
    return [
        (*(getattr(one, name) for name in TRANSFER), one.pending_id or "", *about) for one in fact.transfers
    ]


def alerts(event: Event) -> Rows:
    """Return the row of an alert of money that was raised or cleared."""
    fact: Any = event.data
    about = (fact.pot or "", fact.kind, fact.episode)
    if isinstance(fact, types.FundingAlertRaised):
        figures = (fact.observed, fact.limit, fact.unit, fact.detail)
        return [(*about, "raised", fact.severity, fact.at_ms, fact.at_ms, *figures)]
    return [(*about, "cleared", "", fact.at_ms, fact.raised_ms, None, None, "", "")]


REQUESTS = Projection("funding_requests", REQUEST, row_of(REQUEST))
RATES = Projection("fx_rates", ("currency", "nano_usdc", "as_of_ms", "given_by"), rates)
RULES = Projection("funding_policies", ("version", "mode", "rules"), rules)
MOVEMENTS = Projection(
    "movement_decisions",
    ("kind", "state", *MOVEMENT, *WORDS, "slot", "signature", "reason", "detail", "at_ms"),
    decisions,
)
PARTS = Projection(
    "funding_parts",
    (
        "movement_id",
        "pot",
        "platform",
        "account",
        "campaign",
        "amount_micro_usdc",
        "currency",
        "nano_usdc",
        "rate_as_of_ms",
    ),
    parts,
)
REFUSALS = Projection(
    "funding_refusals", ("pot", "request_id", "wanted_micro_usdc", "reason", "detail", "at_ms"), refusals
)
BOOKINGS = Projection("ledger_bookings", ("what", "pot", "movement", "slot", "at_ms"), bookings)
TRANSFERS = Projection(
    "ledger_transfers",
    (*TRANSFER, "pending_id", "booked_by", "pot", "movement_id", "slot", "at_ms"),
    transfers,
)
ALERTS = Projection(
    "funding_alerts",
    (
        "pot",
        "kind",
        "episode",
        "state",
        "severity",
        "at_ms",
        "raised_ms",
        "observed",
        "bound",
        "unit",
        "detail",
    ),
    alerts,
)
