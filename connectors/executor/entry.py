"""One command on its way: what was tried, and when it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.executor.decision import Situation

if TYPE_CHECKING:
    from connectors.executor.command import Command
    from connectors.ports import Campaign
    from events.types import CommandAttempted


@dataclass(slots=True, eq=False)
class Entry:
    """A command without an outcome; ``gives_up_ms`` and all other moments are in world time."""

    command: Command
    gives_up_ms: int
    attempt: CommandAttempted | None = None
    settles_ms: int = 0
    retry_at_ms: int = 0
    failures: int = 0
    looks: int = 0
    found: Campaign | None = None
    is_written: bool = False
    """A write has left in this process, and its effect was not seen yet."""

    @property
    def attempts(self) -> int:
        """How many intents there were."""
        return 0 if self.attempt is None else self.attempt.attempt

    @property
    def place(self) -> tuple[int, int]:
        """Where the command stands."""
        return self.command.partition, self.command.offset

    def situation(self, now_ms: int, own_budgets: tuple[int, ...] = (), *, has_newer: bool) -> Situation:
        """Return what a verdict depends on."""
        return Situation(now_ms, self.gives_up_ms, self.settles_ms, self.attempt, has_newer, own_budgets)
