"""The demo's money as the log shows it: pots, what moves into and out of them, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.types import (
    FundingPosted,
    FundingRefused,
    FundingReserved,
    FundingVoided,
    LedgerBooked,
    PotOpened,
    PotsObserved,
    SettlementPosted,
    SettlementReserved,
    SettlementVoided,
)

if TYPE_CHECKING:
    from events.types import Fact


@dataclass(slots=True)
class Pot:
    """One pot and what has moved."""

    id: str
    client: str
    name: str
    cap_micro_usdc: int
    balance_micro_usdc: int = 0
    """As the chain said last."""
    funded_micro_usdc: int = 0
    settled_micro_usdc: int = 0
    fundings: int = 0


@dataclass(slots=True)
class Purse:
    """All of it, folded from facts and decisions about clients."""

    pots: dict[str, Pot] = field(default_factory=dict)
    reserved: dict[str, FundingReserved | SettlementReserved] = field(default_factory=dict)
    """Every movement that was ever reserved, by its id."""
    outcomes: dict[str, list[str]] = field(default_factory=dict)
    """What became of each movement, by its id: once each, or the proof fails."""
    refused: list[FundingRefused] = field(default_factory=list)
    booked: list[LedgerBooked] = field(default_factory=list)
    slot: int = 0

    def take(self, client: str, fact: Fact) -> None:
        """Take a fact or a decision about a client's money."""
        match fact:
            case PotOpened():
                self.pots[fact.pot] = Pot(fact.pot, client, fact.name, fact.daily_cap_micro_usdc)
            case FundingReserved() | SettlementReserved():
                self.reserved[fact.movement_id] = fact
            case FundingPosted() | SettlementPosted():
                self._posted(fact)
            case FundingVoided() | SettlementVoided():
                self.outcomes.setdefault(fact.movement_id, []).append(f"voided: {fact.reason}")
            case FundingRefused():
                self.refused.append(fact)
            case LedgerBooked():
                self.booked.append(fact)
            case PotsObserved():
                self._observed(fact)
            case _:
                pass

    @property
    def open(self) -> list[FundingReserved | SettlementReserved]:
        """The movements without an outcome."""
        return [one for id_, one in self.reserved.items() if id_ not in self.outcomes]

    @property
    def posted(self) -> list[str]:
        """The ids of the movements that the chain has."""
        return [id_ for id_, outcomes in self.outcomes.items() if "posted" in outcomes]

    @property
    def fundings(self) -> int:
        """How many fundings the chain has."""
        return sum(isinstance(self.reserved.get(id_), FundingReserved) for id_ in self.posted)

    def name(self, pot: str) -> str:
        """Return how people call a pot, and whose it is."""
        known = self.pots.get(pot)
        return pot[:8] if known is None else f"{known.client}/{known.name}"

    def _posted(self, fact: FundingPosted | SettlementPosted) -> None:
        self.outcomes.setdefault(fact.movement_id, []).append("posted")
        pot = self.pots.get(fact.pot)
        if pot is None:
            return
        if isinstance(fact, FundingPosted):
            pot.funded_micro_usdc += fact.amount_micro_usdc
            pot.fundings += 1
        else:
            pot.settled_micro_usdc += fact.amount_micro_usdc

    def _observed(self, fact: PotsObserved) -> None:
        self.slot = max(self.slot, fact.slot)
        for seen in fact.pots:
            pot = self.pots.get(seen.pot)
            if pot is not None:
                pot.balance_micro_usdc = seen.balance_micro_usdc
