"""What the log knows of a movement: what was wanted, what was signed for it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from chain.executor.order import Movement, read
from events.codec import decode
from events.envelope import header_bytes
from events.types import (
    AttemptSigned,
    FundPot,
    MovementFailed,
    MovementJudged,
    MovementLanded,
    SettlePot,
)
from infra.errors import FixInput
from streams import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from chain.executor.order import Order
    from events.types import Fact
    from streams.engine.options import KafkaConf

SHOWN_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Topics:
    """Where all of it stands; tests have their own."""

    commands: str = "chain-commands"
    attempts: str = "chain-attempts"
    facts: str = "client-facts"
    pots: str = "chain-pots"


HERE: Final = Topics()


@dataclass(slots=True)
class Case:
    """A movement, as far as the log tells of it."""

    order: Order
    wish: Movement
    attempts: list[AttemptSigned] = field(default_factory=list)
    outcome: MovementLanded | MovementFailed | None = None
    judged: MovementJudged | None = None
    """What was said of it last."""


class Cases:
    """All movements that were ever asked for."""

    def __init__(self) -> None:
        self._by_movement: dict[str, Case] = {}
        self._by_command: dict[str, Case] = {}

    def want(self, order: Order) -> None:
        """Note what is wanted of the chain, if that is a movement."""
        if isinstance(order.wish, Movement):
            case = Case(order, order.wish)
            self._by_movement[order.wish.movement_id] = self._by_command[order.id] = case

    def hear(self, fact: Fact) -> None:
        """Note what became of a movement."""
        match fact:
            case AttemptSigned():
                case = self._by_command.get(fact.command_id)
                if case is not None:
                    case.attempts.append(fact)
            case MovementLanded() | MovementFailed():
                case = self._by_movement.get(fact.movement_id)
                if case is not None:
                    case.outcome = fact
            case MovementJudged():
                case = self._by_movement.get(fact.movement_id)
                if case is not None:
                    case.judged = fact
            case _:
                return

    def find(self, movement_id: str) -> Case:
        """Return a movement that has no end yet; raise in words if there is none of that name."""
        case = self._by_movement.get(movement_id)
        if case is None:
            raise FixInput(f"The log knows no movement {movement_id!r:.140}.", self._open())
        outcome = case.outcome
        if isinstance(outcome, MovementLanded):
            raise FixInput(f"{movement_id} has landed, at slot {outcome.slot:,}.", "Nothing is to be judged.")
        if outcome is not None:
            why = f"{outcome.reason}: {outcome.detail}" if outcome.detail else outcome.reason
            raise FixInput(f"{movement_id} has failed already ({why}).", "Nothing is to be judged.")
        return case

    def _open(self) -> str:
        left = [id_ for id_, case in self._by_movement.items() if case.outcome is None]
        if not left:
            return "No movement is open, so nothing is to be judged."
        more = f" and {len(left) - SHOWN_MAX} more" if len(left) > SHOWN_MAX else ""
        return f"Open are: {', '.join(left[:SHOWN_MAX])}{more}."


def read_all(conf: KafkaConf, topics: Topics = HERE) -> Cases:
    """Read what the log has of movements: first what was wanted, then what became of it."""
    cases = Cases()

    def want(message: Any) -> None:  # noqa: ANN401 - the client's message
        cases.want(read(message.headers(), message.value(), message.partition(), message.offset()))

    def hear(message: Any) -> None:  # noqa: ANN401 - the client's message
        cases.hear(decode(message.headers(), message.value()).data)

    _each(conf, topics.commands, {FundPot, SettlePot}, want)
    _each(conf, topics.attempts, {AttemptSigned}, hear)
    _each(conf, topics.facts, {MovementLanded, MovementFailed}, hear)
    _each(conf, topics.pots, {MovementJudged}, hear)
    return cases


def _each(
    conf: KafkaConf,
    topic: str,
    wanted: set[type[Fact]],
    take: Callable[[Any], None],
) -> None:
    types: set[bytes | None] = {fact.TYPE.encode() for fact in wanted}
    message: Any
    for message in reading.read(conf, topic):
        # Most records are others, so one is read only if its header says that it must be.
        if header_bytes(message.headers()).get("ce_type") in types:
            take(message)
