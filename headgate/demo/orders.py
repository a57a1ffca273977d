"""The commands of the log: what caused each, when it was on the log, and what came of it, in wall time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from events.envelope import parse_output_id
from events.types import (
    CommandApplied,
    CommandAttempted,
    CommandFailed,
    CommandSuperseded,
    PauseCampaign,
    ResumeCampaign,
    SetBudget,
    SpendObserved,
)

if TYPE_CHECKING:
    from events.codec import Event
    from events.types import Action

Outcome = Literal["applied", "failed", "superseded"]
ACTIONS: dict[type, Action] = {
    PauseCampaign: "pause",
    ResumeCampaign: "resume",
    SetBudget: "set-budget",
}
OUTCOMES: dict[type, Outcome] = {
    CommandApplied: "applied",
    CommandFailed: "failed",
    CommandSuperseded: "superseded",
}


@dataclass(slots=True)
class Order:
    """A command and what came of it; moments are those of the records, in milliseconds of the wall clock."""

    id: str
    subject: str
    campaign: str
    action: Action
    order: int
    command: PauseCampaign | ResumeCampaign | SetBudget
    decided_ms: int
    page_ms: int | None
    """When the page was on the log that led to it; a tick of the clock is no page."""
    attempts: int = 0
    outcome: Outcome | None = None
    reason: str = ""
    outcomes: int = 0
    done_ms: int | None = None

    @property
    def to_decide_ms(self) -> int | None:
        """Return how long after its page it was on the log."""
        return None if self.page_ms is None else self.decided_ms - self.page_ms

    @property
    def to_apply_ms(self) -> int | None:
        """Return how long after that the platform had confirmed it."""
        if self.done_ms is None or self.outcome != "applied":
            return None
        return self.done_ms - self.decided_ms


class Orders:
    """All commands of the log, in the order in which they were read."""

    def __init__(self) -> None:
        self.by_id: dict[str, Order] = {}
        self.pages: dict[tuple[int, int], int] = {}
        """When each page was on the log, by partition and offset of its topic."""
        # Topics are read side by side, so that an outcome may be read before its command.
        self._early: dict[str, list[tuple[Event, int]]] = {}

    def take(self, event: Event, *, partition: int, offset: int, wall_ms: int) -> Order | None:
        """Take a record; return the command that it is about, if any."""
        data = event.data
        if isinstance(data, SpendObserved):
            self.pages[partition, offset] = wall_ms
        elif isinstance(data, PauseCampaign | ResumeCampaign | SetBudget):
            return self._command(event, data, wall_ms)
        elif isinstance(data, CommandAttempted | CommandApplied | CommandFailed | CommandSuperseded):
            order = self.by_id.get(data.command_id)
            if order is None:
                self._early.setdefault(data.command_id, []).append((event, wall_ms))
            else:
                self._result(order, event, wall_ms)
            return order
        return None

    def open(self) -> list[Order]:
        """Return the commands of which nothing has come yet."""
        return [order for order in self.by_id.values() if order.outcome is None]

    def _command(self, event: Event, data: PauseCampaign | ResumeCampaign | SetBudget, wall_ms: int) -> Order:
        origin = parse_output_id(event.envelope.id)
        page_ms = None if origin is None else self.pages.get((origin[1], origin[2]))
        order = Order(
            event.envelope.id,
            event.envelope.subject,
            data.campaign,
            ACTIONS[type(data)],
            data.order,
            data,
            wall_ms,
            page_ms,
        )
        self.by_id[order.id] = order
        for early, early_ms in self._early.pop(order.id, ()):
            self._result(order, early, early_ms)
        return order

    def _result(self, order: Order, event: Event, wall_ms: int) -> None:
        data = event.data
        if isinstance(data, CommandAttempted):
            order.attempts = max(order.attempts, data.attempt)
            return
        order.outcome, order.outcomes, order.done_ms = OUTCOMES[type(data)], order.outcomes + 1, wall_ms
        if isinstance(data, CommandFailed | CommandSuperseded):
            order.reason = data.reason
