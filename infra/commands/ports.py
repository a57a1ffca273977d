"""What the loop of commands needs of an executor: how to read what is its own, and who works on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Attempt = TypeVar("Attempt")


class Work(Protocol):
    """Whatever is under way for one subject; cancelled when it is no longer ours."""

    is_busy: bool
    """Whether something may want to be committed at any moment."""

    async def run(self) -> None:
        """Work until nothing is left to do, or until drained."""
        ...

    def drain(self) -> None:
        """Begin nothing more; see to the end what has left."""
        ...


class Taker(Protocol[Attempt]):
    """An executor, as the loop knows it."""

    def read_attempt(self, message: Any) -> tuple[int, Attempt] | None:  # noqa: ANN401 - the client's message
        """Return which command's offset an attempt belongs to, and the attempt; None: it is none of ours."""
        ...

    def prepare(self, partitions: Sequence[int]) -> None:
        """Read what has to be known before anything is done; on the Kafka thread, inside an assignment."""
        ...

    def begin(self, partitions: Sequence[int]) -> None:
        """Begin what is done beside commands for partitions that are ours now, on the event loop."""
        ...

    def take(self, message: Any, attempts: tuple[Attempt, ...], *, is_open: bool) -> None:  # noqa: ANN401 - the client's message
        """Take a record with what was attempted for it; one that is not open is done, and is only heard."""
        ...
