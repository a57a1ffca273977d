"""Which budgets our own commands have set, so that nobody takes them for a person's edit."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from events.types import PauseCampaign, SetBudget

if TYPE_CHECKING:
    from connectors.executor.command import Command

# Commands in flight at once are few; what is older was heard of by whoever decides.
STEPS_MAX: Final = 8
CAMPAIGNS_MAX: Final = 20_000


class _Step(Struct, frozen=True):
    order: int
    from_micros: int
    to_micros: int


class OwnBudgets:
    """The newest steps of budgets of each campaign, as far as commands were read in this process."""

    def __init__(self) -> None:
        self._steps: OrderedDict[tuple[str, str], deque[_Step]] = OrderedDict()

    def hear(self, command: Command) -> None:
        """Note a command that sets a budget; which one of them took effect, the platform shows."""
        wish = command.wish
        if not isinstance(wish, SetBudget):
            return
        key = command.envelope.subject, wish.campaign
        steps = self._steps.setdefault(key, deque(maxlen=STEPS_MAX))
        steps.append(_Step(wish.order, wish.from_micros, wish.to_micros))
        self._steps.move_to_end(key)
        if len(self._steps) > CAMPAIGNS_MAX:
            self._steps.popitem(last=False)

    def since(self, command: Command) -> tuple[int, ...]:
        """Return to which budgets our own earlier commands lead from the one that this is decided from."""
        wish = command.wish
        if isinstance(wish, PauseCampaign):
            at_micros = wish.budget_micros
        elif isinstance(wish, SetBudget):
            at_micros = wish.from_micros
        else:
            return ()
        led: list[int] = []
        for step in self._steps.get((command.envelope.subject, wish.campaign), ()):
            if step.order < wish.order and step.from_micros == at_micros:
                at_micros = step.to_micros
                led.append(at_micros)
        return tuple(led)
