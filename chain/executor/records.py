"""What the chain executor writes: attempts, tables, outcomes, what it saw, and whole what it cannot read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from chain.executor.options import GROUP
from events.codec import Event, encode
from events.effects import because_of, outcome_id, parked
from events.envelope import Envelope, moment, output_id
from events.types import PotMoved, PotsObserved
from infra.commands.transactions import Outgoing

if TYPE_CHECKING:
    from chain.executor.options import ChainTopics
    from chain.executor.order import Order
    from events.errors import Unreadable
    from events.types import AttemptSigned, FxRateSet, TableMade
    from events.types.fact import Fact

SOURCE: Final = "/headgate/chain-executor"


def attempt_record(topics: ChainTopics, order: Order, fact: AttemptSigned) -> Outgoing:
    """Write an attempt; its id says at which offset its order stands, which is how it is found again."""
    id_ = output_id(topics.commands, order.partition, order.offset, fact.attempt)
    headers, body = because_of(order.envelope, fact, id_, SOURCE, fact.at_ms)
    return Outgoing(topics.attempts, order.key, body, headers, order.partition)


def table_record(topics: ChainTopics, order: Order, fact: TableMade) -> Outgoing:
    """Write that a lookup table is about to be made, where its client's pots are told of."""
    headers, body = because_of(order.envelope, fact, f"table.{fact.table}", SOURCE, fact.at_ms)
    return Outgoing(topics.pots, order.key, body, headers, order.partition)


def outcome_record(topics: ChainTopics, order: Order, fact: Fact, at_ms: int) -> Outgoing:
    """Write an outcome; a repetition has the same id."""
    headers, body = because_of(order.envelope, fact, outcome_id(order.id), SOURCE, at_ms)
    return Outgoing(topics.outcomes, order.key, body, headers)


def seen_record(topics: ChainTopics, client: str, fact: PotsObserved | PotMoved | FxRateSet) -> Outgoing:
    """Write what was seen, or what holds by the settings; a repetition has the same id."""
    at_ms = fact.as_of_ms if not isinstance(fact, PotsObserved | PotMoved) else fact.at_ms
    envelope = Envelope(_id(fact), fact.TYPE, fact.VERSION, SOURCE, client, time=moment(at_ms))
    headers, body = encode(Event(envelope, fact))
    return Outgoing(topics.outcomes, client.encode(), body, headers)


def parked_record(topics: ChainTopics, message: Any, error: Unreadable) -> Outgoing:  # noqa: ANN401 - the client's message
    """Write what cannot be read, whole, with where it stood."""
    place = topics.commands, message.partition(), message.offset()
    headers = parked(message.headers(), place, error, GROUP)
    return Outgoing(topics.dead_letters, message.key(), message.value(), headers)


def _id(fact: PotsObserved | PotMoved | FxRateSet) -> str:
    match fact:
        case PotMoved():
            return f"pot.{fact.pot}.{fact.seen.sequence}"
        case PotsObserved():
            first = fact.pots[0].pot if fact.pots else "none"
            return f"pots.{first}.{fact.slot}"
        case _:
            return f"rate.{fact.currency}.{fact.as_of_ms}"
