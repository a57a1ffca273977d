"""What the executor writes: attempts, outcomes, and whole what it cannot read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, assert_never

from msgspec import Struct

from connectors.executor.decision import Applied, GaveUp, Superseded
from connectors.executor.options import GROUP
from events.effects import because_of, outcome_id, parked
from events.envelope import output_id
from events.limits import REASON_CHARS_MAX
from events.types import CommandApplied, CommandAttempted, CommandFailed, CommandSuperseded, FailedFor
from infra.commands.transactions import Outgoing

if TYPE_CHECKING:
    from connectors.executor.command import Command
    from connectors.executor.entry import Entry
    from connectors.ports import Campaign
    from events.errors import Unreadable
    from events.types import Fact
    from infra.commands.options import CommandTopics

SOURCE: Final = "/headgate/executor"


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


def attempt_record(topics: CommandTopics, command: Command, fact: CommandAttempted) -> Outgoing:
    """Write an attempt; its id says at which offset its command stands, which is how it is found again."""
    id_ = output_id(topics.commands, command.partition, command.offset, fact.attempt)
    headers, body = because_of(command.envelope, fact, id_, SOURCE, fact.at_ms)
    return Outgoing(topics.attempts, command.key, body, headers, command.partition)


def outcome_record(topics: CommandTopics, entry: Entry, outcome: Outcome, at_ms: int) -> Outgoing:
    """Write an outcome; a repetition has the same id."""
    command = entry.command
    fact = _fact(entry, outcome, at_ms)
    headers, body = because_of(command.envelope, fact, outcome_id(command.id), SOURCE, at_ms)
    return Outgoing(topics.outcomes, command.key, body, headers)


def parked_record(topics: CommandTopics, message: Any, error: Unreadable) -> Outgoing:  # noqa: ANN401 - the client's message
    """Write what cannot be read, whole, with where it stood."""
    place = topics.commands, message.partition(), message.offset()
    headers = parked(message.headers(), place, error, GROUP)
    return Outgoing(topics.dead_letters, message.key(), message.value(), headers)


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
