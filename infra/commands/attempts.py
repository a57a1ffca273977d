"""What earlier executors were about to do: read at an assignment, before anything is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from confluent_kafka import Consumer

from infra.commands.reading import read_to_end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.commands.options import CommandOptions

Attempt = TypeVar("Attempt")
# So many of one command are kept, the newest ones: those before are long past having any effect.
ATTEMPTS_A_COMMAND_MAX: Final = 100


@dataclass(slots=True)
class Attempts(Generic[Attempt]):
    """One partition's attempts by their command's offset, and where the first of each stands."""

    end: int = 0
    made: dict[int, tuple[Attempt, ...]] = field(default_factory=dict)
    first_offsets: dict[int, int] = field(default_factory=dict)

    def take(self, command_offset: int, attempt: Attempt, offset: int) -> None:
        """Note an attempt; they come in order."""
        made = (*self.made.get(command_offset, ()), attempt)
        self.made[command_offset] = made[-ATTEMPTS_A_COMMAND_MAX:]
        self.first_offsets.setdefault(command_offset, offset)

    def forget_before(self, position: int, done: set[int]) -> None:
        """Drop what belongs to commands that have their outcome."""
        for offset in list(self.made):
            if offset < position or offset in done:
                del self.made[offset], self.first_offsets[offset]


def read_attempts(
    options: CommandOptions,
    starts: Mapping[int, int],
    read: Callable[[Any], tuple[int, Attempt] | None],
    make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
) -> dict[int, Attempts[Attempt]]:
    """Read partitions from an offset to their end.

    `read` says which command's offset a record's attempt belongs to; None where it is not an executor's, and
    so says nothing about commands.
    """
    found = {partition: Attempts[Attempt]() for partition in starts}

    def take(message: Any) -> None:  # noqa: ANN401 - the client's message
        attempt = read(message)
        if attempt is not None:
            found[message.partition()].take(*attempt, message.offset())

    for partition, end in read_to_end(options, options.topics.attempts, starts, take, make).items():
        found[partition].end = end
    return found
