"""The treasury agent: what moves between a client's treasury and its pots, and the ledger of it."""

from typing import Final

from domain.treasury.decider import decide
from domain.treasury.rows import AnyRow
from events import types
from streams.agent import Agent

DECISIONS: Final = (
    types.FundingAlertCleared,
    types.FundingAlertRaised,
    types.FundingPosted,
    types.FundingRefused,
    types.FundingReserved,
    types.FundingVoided,
    types.LedgerBooked,
    types.SettlementPosted,
    types.SettlementReserved,
    types.SettlementVoided,
)
COMMANDS: Final = (types.FundPot, types.PausePot, types.ResumePot, types.SettlePot)
STOPS: Final = (types.StopLifted, types.StopOrdered)

TREASURY: Final = Agent(
    name="treasury",
    topic="client-facts",
    table="client-state",
    rows=AnyRow,
    decide=decide,
    routes={
        **{fact.TYPE: "client-decisions" for fact in DECISIONS},
        **{command.TYPE: "chain-commands" for command in COMMANDS},
        **{stop.TYPE: "account-facts" for stop in STOPS},
    },
    # A ledger that misses a line is no ledger: the client stands still until a person has looked.
    stops_subjects=True,
)
