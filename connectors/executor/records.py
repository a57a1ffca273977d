"""What the executor writes: attempts, outcomes, and whole what it cannot read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, assert_never

from msgspec import Struct

from connectors.executor.decision import Applied, GaveUp, Superseded
from connectors.executor.options import GROUP
from connectors.executor.transactions import Outgoing
from events.codec import Event, encode
from events.dead_letters import Origin, park
from events.envelope import Envelope, moment, output_id
from events.limits import ID_CHARS_MAX, REASON_CHARS_MAX
from events.types import CommandApplied, CommandAttempted, CommandFailed, CommandSuperseded, FailedFor

if TYPE_CHECKING:
    from connectors.executor.command import Command
    from connectors.executor.entry import Entry
    from connectors.executor.options import Topics
    from connectors.ports import Campaign
    from events.errors import Unreadable
    from events.types import Fact

SOURCE: Final = "/headgate/executor"
_OUTCOME: Final = ".outcome"


class Failed(Struct, frozen=True):
    """The platform refuses a command."""

    reason: FailedFor
    detail: str


Outcome = Applied | GaveUp | Superseded | Failed


def attempt(command: Command, number: int, found: Campaign, at_ms: int) -> CommandAttempted:
    """Say that a write is about to leave, and what it will overwrite."""
    return CommandAttempted(
        command_id=command.id,
        campaign=command.wish.campaign,
        action=command.action,
        order=command.wish.order,
        attempt=number,
        at_ms=at_ms,
        found_status=found.status,
        found_budget_micros=found.daily_budget_micros,
        found_mark=found.mark,
    )


def attempt_record(topics: Topics, command: Command, fact: CommandAttempted) -> Outgoing:
    """Write an attempt; its id says at which offset its command stands, which is how it is found again."""
    id_ = output_id(topics.commands, command.partition, command.offset, fact.attempt)
    headers, body = _written(command, fact, id_, fact.at_ms)
    return Outgoing(topics.attempts, command.key, body, headers, command.partition)


def outcome_record(topics: Topics, entry: Entry, outcome: Outcome, at_ms: int) -> Outgoing:
    """Write an outcome; a repetition has the same id."""
    command = entry.command
    headers, body = _written(command, _fact(entry, outcome, at_ms), outcome_id(command.id), at_ms)
    return Outgoing(topics.outcomes, command.key, body, headers)


def outcome_id(command_id: str) -> str:
    """Name a command's outcome.

    It is none of the ids that tell an origin: commands of a partition come to their ends out of order, and
    who drops repetitions by the newest origin would drop those that took longer.
    """
    if len(command_id) + len(_OUTCOME) <= ID_CHARS_MAX:
        return command_id + _OUTCOME
    return hashlib.sha256(command_id.encode()).hexdigest() + _OUTCOME


def parked_record(topics: Topics, message: Any, error: Unreadable) -> Outgoing:  # noqa: ANN401 - the client's message
    """Write what cannot be read, whole, with where it stood."""
    origin = Origin(topics.commands, message.partition(), message.offset(), error.reason, error.detail, GROUP)
    return Outgoing(topics.dead_letters, message.key(), message.value(), park(message.headers(), origin))


def _fact(entry: Entry, outcome: Outcome, at_ms: int) -> Fact:
    command, found = entry.command, entry.found
    about = (command.id, command.wish.campaign, command.action, command.wish.order, entry.attempts, at_ms)
    match outcome:
        case Applied():
            return CommandApplied(*about)
        case GaveUp(detail):
            return CommandFailed(*about, "gave-up", detail[:REASON_CHARS_MAX])
        case Failed(reason, detail):
            return CommandFailed(*about, reason, detail[:REASON_CHARS_MAX])
        case Superseded(reason):
            status, budget = (None, None) if found is None else (found.status, found.daily_budget_micros)
            return CommandSuperseded(*about, reason, status, budget)
        case _ as never:
            assert_never(never)


def _written(command: Command, fact: Fact, id_: str, at_ms: int) -> tuple[list[tuple[str, bytes]], bytes]:
    cause = command.envelope
    envelope = Envelope(
        id=id_,
        type=fact.TYPE,
        version=fact.VERSION,
        source=SOURCE,
        subject=cause.subject,
        time=moment(at_ms),
        correlation_id=cause.correlation_id or cause.id,
        causation_id=cause.id,
        policy_version=cause.policy_version,
    )
    return encode(Event(envelope, fact))
