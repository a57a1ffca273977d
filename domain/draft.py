"""A decision while it is being made: what is read lies under what has been changed so far."""

from typing import TYPE_CHECKING, Any

from domain.decision import About, Decision, Read, Row

if TYPE_CHECKING:
    from events.types import Fact


class Draft:
    """Rows changed and facts to publish, of one event."""

    __slots__ = ("changes", "facts", "read")

    def __init__(self, read: Read) -> None:
        self.read = read
        self.changes: dict[bytes, Row | None] = {}
        self.facts: list[Fact | About] = []

    def get(self, key: bytes) -> Any:  # noqa: ANN401 - which row lies under a key, the key says
        """Return the row under a key as it stands by now."""
        return self.changes[key] if key in self.changes else self.read(key)

    def decided(self, policy_version: int | None = None) -> Decision:
        """Return what has been decided."""
        return Decision(self.changes, tuple(self.facts), policy_version)
