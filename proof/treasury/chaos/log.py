"""What a run has left on the log, read whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from events.codec import decode
from events.types import (
    FundingPosted,
    FundingRefused,
    FundingReserved,
    FundingVoided,
    MovementFailed,
    MovementLanded,
    PotMoved,
)
from proof.treasury.ledger import Ledger
from streams import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.codec import Event

TOPICS = ("client-facts", "client-decisions", "chain-commands", "chain-attempts")


class MoneyLog(Struct, frozen=True):
    """Events by topic, each partition's in its order."""

    events: dict[str, list[Event]]

    @property
    def facts(self) -> list[Any]:
        """What the treasury was told."""
        return self.said("client-facts")

    @property
    def decisions(self) -> list[Any]:
        """What it decided."""
        return self.said("client-decisions")

    @property
    def orders(self) -> list[str]:
        """What it has asked of the chain, by their ids."""
        return [event.envelope.id for event in self.events["chain-commands"]]

    def said(self, topic: str) -> list[Any]:
        """Return the facts of a topic."""
        return [event.data for event in self.events[topic]]

    def ended(self) -> Counter[str]:
        """Return how requests have ended, each once."""
        reserved = {
            one.movement_id: one.request_id for one in self.decisions if isinstance(one, FundingReserved)
        }
        ends: Counter[str] = Counter()
        for one in self.decisions:
            if (isinstance(one, FundingPosted | FundingVoided) and reserved.get(one.movement_id)) or (
                isinstance(one, FundingRefused) and one.request_id is not None
            ):
                ends[one.TYPE] += 1
        return ends

    def open_orders(self) -> int:
        """Return how many orders have no outcome."""
        done = {one.command_id for one in self.facts if isinstance(one, MovementLanded | MovementFailed)}
        return sum(order not in done for order in self.orders)

    def open_lines(self) -> int:
        """Return how many lines of the ledger nothing has ended."""
        ledger = Ledger()
        ledger.read(self.decisions)
        return len(ledger.open)

    def moved(self) -> dict[str, int]:
        """Return how many movements each pot has told of."""
        told = {(one.pot, one.seen.sequence) for one in self.facts if isinstance(one, PotMoved)}
        return dict(Counter(pot for pot, _ in told))


def read(conf: dict[str, str], topics: Sequence[str] = TOPICS) -> MoneyLog:
    """Read the topics from their beginnings to where they end now."""
    return MoneyLog(
        {
            topic: [
                decode(message.headers(), message.value())  # type: ignore[arg-type]  # the stubs are wider
                for message in reading.read(conf, topic)
            ]
            for topic in topics
        }
    )
