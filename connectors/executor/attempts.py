"""What earlier executors were about to write, as it is read at an assignment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.effects import read_attempt
from events.errors import Unreadable
from events.types import CommandAttempted
from infra import logs

if TYPE_CHECKING:
    from infra.commands.options import CommandTopics

_log = logs.get(__name__)


def read(topics: CommandTopics, message: Any) -> tuple[int, CommandAttempted] | None:  # noqa: ANN401 - the client's message
    """Return an attempt and its command's offset; what is none was not written by an executor."""
    commands = topics.commands, message.partition()
    try:
        return read_attempt(message.headers(), message.value(), commands, CommandAttempted)
    except Unreadable as error:
        _log.error("executor.attempt_unreadable", offset=message.offset(), reason=str(error))
        return None
