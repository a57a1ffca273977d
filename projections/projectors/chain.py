"""What the chain was asked for: commands, the transactions for them, and how they ended."""

from typing import Any, Final

from events import types
from events.codec import Event
from events.types import Fact, MovementLanded
from projections.projection import Projection, Rows
from projections.projectors.pots import row_of

ACTIONS: Final[dict[type[Fact], str]] = {
    types.FundPot: "fund",
    types.SettlePot: "settle",
    types.PausePot: "pause",
    types.ResumePot: "resume",
}
# What some commands say and others do not: texts are then empty, figures none.
TEXTS: Final = ("movement_id", "movement", "day", "reason")
FIGURES: Final = ("sequence", "amount_micro_usdc", "order")
ATTEMPT: Final = ("command_id", "attempt", "signature", "raw", "last_valid_height", "commands", "at_ms")
JUDGED: Final = ("movement_id", "pot", "verdict", "by", "reason", "at_ms")
OUTCOME: Final = ("command_id", "movement_id", "pot", "kind", "sequence")


def commands(event: Event) -> Rows:
    """Return the row of a command."""
    fact: Any = event.data
    return [
        (
            *(event.envelope.id, ACTIONS[type(fact)], fact.pot),
            *(getattr(fact, name, "") for name in TEXTS),
            *(getattr(fact, name, None) for name in FIGURES),
            *(fact.decided_ms, fact.not_after_ms),
        )
    ]


def tables(event: Event) -> Rows:
    """Return the row of a lookup table."""
    fact: Any = event.data
    return [(fact.table, fact.owner, fact.slot, fact.at_ms)]


def outcomes(event: Event) -> Rows:
    """Return the row of a movement's end on chain."""
    fact: Any = event.data
    is_landed = isinstance(fact, MovementLanded)
    how = ("landed", fact.amount_micro_usdc, fact.signature or "", "", "", None) if is_landed else None
    return [
        (
            *(getattr(fact, name) for name in OUTCOME),
            *(how or ("failed", None, "", fact.reason, fact.detail, fact.next_sequence)),
            *(fact.slot, fact.fee_lamports, fact.attempts, fact.at_ms),
        )
    ]


COMMANDS = Projection(
    "chain_commands",
    ("command_id", "action", "pot", *TEXTS, *FIGURES, "decided_ms", "not_after_ms"),
    commands,
)
ATTEMPTS = Projection("chain_attempts", ATTEMPT, row_of(ATTEMPT))
JUDGEMENTS = Projection("movement_judgements", JUDGED, row_of(JUDGED))
TABLES = Projection("lookup_tables", ("address", "owner", "slot", "at_ms"), tables)
OUTCOMES = Projection(
    "chain_outcomes",
    (
        *OUTCOME,
        "outcome",
        "amount_micro_usdc",
        "signature",
        "reason",
        "detail",
        "next_sequence",
        "slot",
        "fee_lamports",
        "attempts",
        "at_ms",
    ),
    outcomes,
)
