"""What executors write about commands, whatever they act on: attempts, outcomes, and what is unreadable."""

import hashlib
from typing import Final, TypeVar

from events.codec import Event, decode, encode
from events.dead_letters import Origin, OwnHeaders, park
from events.envelope import Envelope, Headers, moment, parse_output_id
from events.errors import Unreadable
from events.limits import ID_CHARS_MAX
from events.types.fact import Fact

Kind = TypeVar("Kind", bound=Fact)
_OUTCOME: Final = ".outcome"


def outcome_id(command_id: str) -> str:
    """Name a command's outcome.

    It is none of the ids that tell an origin: commands of a partition come to their ends out of order, and
    who drops repetitions by the newest origin would drop those that took longer.
    """
    if len(command_id) + len(_OUTCOME) <= ID_CHARS_MAX:
        return command_id + _OUTCOME
    return hashlib.sha256(command_id.encode()).hexdigest() + _OUTCOME


def because_of(
    cause: Envelope, fact: Fact, id_: str, source: str, at_ms: int
) -> tuple[list[tuple[str, bytes]], bytes]:
    """Write a fact that a command has led to, about the same subject."""
    envelope = Envelope(
        id=id_,
        type=fact.TYPE,
        version=fact.VERSION,
        source=source,
        subject=cause.subject,
        time=moment(at_ms),
        correlation_id=cause.correlation_id or cause.id,
        causation_id=cause.id,
        policy_version=cause.policy_version,
    )
    return encode(Event(envelope, fact))


def read_attempt(
    headers: Headers | None, body: bytes | None, commands: tuple[str, int], kind: type[Kind]
) -> tuple[int, Kind]:
    """Read an attempt, and at which offset of these commands its own stands; raise `Unreadable`."""
    event = decode(headers, body)
    origin = parse_output_id(event.envelope.id)
    if origin is None or origin[:2] != commands:
        raise Unreadable(
            "invalid-envelope", f"{event.envelope.id} is the id of no attempt for {commands[0]}/{commands[1]}"
        )
    if not isinstance(event.data, kind):
        raise Unreadable("unknown-type", f"{event.envelope.type} is not {kind.TYPE}")
    return origin[2], event.data


def parked(
    headers: Headers | None, place: tuple[str, int, int], error: Unreadable, parked_by: str
) -> OwnHeaders:
    """Give the headers under which a record of this place is kept whole, since nobody can read it."""
    return park(headers, Origin(*place, error.reason, error.detail, parked_by))
