"""Which commands of one partition are done: up to an offset all of them, and beyond it some.

A command that has to wait, for a rate limit or a person, must not hold up those behind it. Those that are
done behind it are told in the metadata of the committed offset, in the same transaction as their outcomes, so
that no later start does them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra.errors import CallAPerson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# As many commands, open or done behind an open one: Kafka takes 4 KiB of metadata, and this stays below.
WINDOW_COMMANDS_MAX: Final = 256
_METADATA_CHARS_MAX: Final = 4_096


class Window:
    """One partition's commands and their attempts, from the first that is not done."""

    def __init__(
        self, start: int, done: Iterable[int] = (), attempted: Mapping[int, int] | None = None, end: int = 0
    ) -> None:
        self._next = start
        self._open: set[int] = set()
        self._done = set(done)
        # Also of commands that were not read again yet: their attempts must not be passed.
        self._attempted = dict(attempted or {})
        self._attempts_end = end

    def take(self, offset: int) -> bool:
        """Open the command at an offset, or say that it is done already."""
        self._next = offset + 1
        if offset in self._done:
            self._settle()
            return False
        self._open.add(offset)
        return True

    def finish(self, offset: int) -> None:
        """Note that a command has its outcome."""
        self._open.remove(offset)
        self._attempted.pop(offset, None)
        self._done.add(offset)
        self._settle()

    def attempted(self, offset: int, attempt_offset: int) -> None:
        """Note where the first attempt of a command stands; it is read again until the command is done."""
        self._attempted.setdefault(offset, attempt_offset)
        self._attempts_end = max(self._attempts_end, attempt_offset + 1)

    @property
    def is_full(self) -> bool:
        """Whether no more commands may be taken before some are done."""
        return len(self._open) + len(self._done) >= WINDOW_COMMANDS_MAX

    @property
    def open_commands(self) -> int:
        """How many commands have no outcome yet."""
        return len(self._open)

    @property
    def position(self) -> int:
        """The offset below which every command is done."""
        return min(self._open, default=self._next)

    @property
    def attempts_position(self) -> int:
        """The offset below which every attempt belongs to a command that is done."""
        return min(self._attempted.values(), default=self._attempts_end)

    @property
    def metadata(self) -> str:
        """What is done beyond the position, as distances from it."""
        position = self.position
        text = " ".join(str(offset - position) for offset in sorted(self._done))
        if len(text) > _METADATA_CHARS_MAX:
            raise AssertionError("the window's limit keeps its metadata small")
        return text

    def _settle(self) -> None:
        # What the position has passed needs no note any more; what a start has not read again yet does.
        position = self.position
        self._done = {offset for offset in self._done if offset >= position}


def done_ahead(position: int, metadata: str | None) -> set[int]:
    """Read which offsets a commit's metadata calls done."""
    try:
        return {position + int(distance) for distance in (metadata or "").split()}
    except ValueError as error:
        raise CallAPerson(
            f"The executor's group has committed offset {position} with a note that is not its own: "
            f"{(metadata or '')[:80]!r}.",
            "Someone has set the group's offsets by hand. Set them again, with an empty note, to where every "
            "command before is done.",
        ) from error
