"""What earlier chain executors had signed, as it is read at an assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.effects import read_attempt
from events.envelope import header_bytes, parse_output_id
from events.errors import Unreadable
from events.types import AttemptSigned
from infra import logs
from infra.errors import CallAPerson

if TYPE_CHECKING:
    from infra.commands.options import CommandTopics

_log = logs.get(__name__)


def read(topics: CommandTopics, message: Any) -> tuple[int, AttemptSigned] | None:  # noqa: ANN401 - the client's message
    """Return an attempt and its order's offset; None where an executor cannot have written it."""
    commands = topics.commands, message.partition()
    try:
        return read_attempt(message.headers(), message.value(), commands, AttemptSigned)
    except Unreadable as error:
        if _is_for(commands, message):
            raise CallAPerson(
                f"An attempt for an order of {commands[0]}/{commands[1]} cannot be read ({error}): it is at "
                f"offset {message.offset()} of {topics.attempts}.",
                "What was signed there may still move money, so nothing is signed for this partition. Run "
                "the version that wrote it, or a newer one.",
            ) from error
        _log.error("executor.attempt_unreadable", offset=message.offset(), reason=str(error))
        return None


def _is_for(commands: tuple[str, int], message: Any) -> bool:  # noqa: ANN401 - the client's message
    """Say whether a record has the id of an attempt for one of these orders."""
    id_ = header_bytes(message.headers()).get("ce_id", b"")
    origin = parse_output_id(id_.decode("ascii", "replace"))
    return origin is not None and origin[:2] == commands
