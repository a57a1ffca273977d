"""What a decider is: a pure function from the state it may read and one event to a decision."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from events.codec import Event
from events.types import Fact


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Base of the rows that deciders keep in their table; subclasses give it a ``tag``."""


class About(msgspec.Struct, frozen=True):
    """A fact about another subject than that of the event it follows from."""

    subject: str
    fact: Fact
    policy_version: int | None = None


class Decision(msgspec.Struct, frozen=True):
    """What follows from one event: rows to write (``None`` deletes) and facts to publish."""

    changes: dict[bytes, Row | None] = {}
    facts: tuple[Fact | About, ...] = ()
    policy_version: int | None = None


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, not a failure of the program
    """The event is readable but must not count; it is parked whole, with this reason."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


Read = Callable[[bytes], Any]  # the row under a key or None; which kind it is, the key says


class Decide(Protocol):
    """Decides one event; the same state and event give the same decision for ever."""

    def __call__(self, read: Read, event: Event) -> Decision:
        """Return what changes and what is published; raise ``Refused`` to park the event."""
        ...


NOTHING = Decision()
