"""One order on its way: what was signed for it, what became of that, and when it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chain.executor.order import Movement
from chain.executor.protocol import NoPot, Situation

if TYPE_CHECKING:
    from chain.executor.order import Order
    from chain.executor.protocol import Keys
    from chain.ports import Landed, Moment
    from chain.pot import Pot
    from events.types import AttemptSigned


@dataclass(slots=True, eq=False)
class Entry:
    """An order without an outcome; `due_ms` and `resend_ms` are in our time."""

    order: Order
    attempts: list[AttemptSigned]
    due_ms: int
    resend_ms: int = 0
    failures: int = 0
    """How often in a row the chain could not be asked about it."""
    unsigned: int = 0
    """How often in a row it could not be tried out, signed or sent in its group."""
    searches: int = 0
    landed: dict[str, Landed] = field(default_factory=dict)
    pot: Pot | NoPot | None = None
    slot: int = 0
    is_stuck: bool = False
    """Whether it waits for a person, and not yet for another look."""

    @property
    def number(self) -> int:
        """Which attempt the next one is."""
        return self.attempts[-1].attempt + 1 if self.attempts else 1

    @property
    def unknown(self) -> list[str]:
        """The signatures of which it is not known what became."""
        return [one.signature for one in self.attempts if one.signature not in self.landed]

    def see(self, moment: Moment, slot: int, pot: Pot | NoPot) -> None:
        """Note how the pot is; the history is searched anew when it shows that something may have moved."""
        self.pot, self.slot, self.failures = pot, slot, 0
        is_used = isinstance(pot, NoPot) or self._is_used(pot) or self._has_landed()
        is_settled = slot >= moment.slot
        self.searches = self.searches + 1 if is_used and is_settled else 0

    def _is_used(self, pot: Pot) -> bool:
        wish = self.order.wish
        return isinstance(wish, Movement) and wish.sequence < pot.next_sequence

    def _has_landed(self) -> bool:
        return any(landed.error is None for landed in self.landed.values())

    def situation(self, now_ms: int, moment: Moment, keys: Keys) -> Situation:
        """Return what a step depends on."""
        if self.pot is None:
            raise RuntimeError("an order is decided of before its pot was looked at")
        return Situation(
            now_ms, moment, self.slot, self.pot, tuple(self.attempts), self.landed, self.searches, keys
        )

    def group_max(self, batch_max: int) -> int:
        """Return how many may go with it: half as many after each time that its group came to nothing."""
        size = max(batch_max >> min(self.unsigned, 8), 1)
        for attempt in reversed(self.attempts):
            landed = self.landed.get(attempt.signature)
            if landed is not None and landed.error is not None:
                return min(size, max(attempt.commands // 2, 1))
        return size
