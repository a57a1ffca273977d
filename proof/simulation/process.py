"""A simulated process: it runs from one step to the next, and may end or stand still at each."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from greenlet import greenlet

if TYPE_CHECKING:
    from proof.simulation.consumer import SimulatedConsumer
    from proof.simulation.world import World


class Killed(BaseException):
    """Ends a process as kill -9 would: whatever it still tries does nothing."""


class Process:
    """One incarnation of one worker."""

    def __init__(self, world: "World", slot: str, main: Callable[["Process"], None]) -> None:
        self.world, self.slot = world, slot
        self.consumer: SimulatedConsumer | None = None
        self.is_leaving = self.is_dead = False
        self.stands_until_ms = 0
        self.at = "start"
        self.ended: BaseException | None = None
        self._greenlet = greenlet(lambda: self._run(main), parent=world.hub)

    def _run(self, main: Callable[["Process"], None]) -> None:
        try:
            main(self)
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001 - noted, and judged by its kind
            self.ended = error
            self.world.note_end(self, error)
        self.is_dead = True

    # ---- for the scheduler
    @property
    def can_run(self) -> bool:
        """Whether it is alive and not standing still."""
        return not self.is_dead and self.stands_until_ms <= self.world.now_ms

    def resume(self) -> None:
        """Run to the next step."""
        self._greenlet.switch()

    def kill(self) -> None:
        """End it here and now."""
        self.is_dead = True
        if self._greenlet:
            self._greenlet.throw(Killed)

    # ---- for what runs in it
    def step(self, at: str) -> None:
        """Let the others run; this is where a process may be killed or stand still."""
        if self.is_dead:
            raise Killed
        self.at = at
        self.world.hub.switch()
        if self.is_dead:
            raise Killed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        until_ms = self.world.now_ms + max(1, round(seconds * 1000))
        while self.world.now_ms < until_ms:
            self.step("sleep")

    def chance(self, probability: float) -> bool:
        """Say whether something that is always possible happens."""
        return self.world.random.random() < probability

    def is_struck(self, fault: str) -> bool:
        """Say whether a fault of this kind happens now."""
        if not self.world.is_calm and self.world.random.random() < self.world.plan.rates.get(fault, 0):
            self.world.count(fault)
            return True
        return False

    def shuffled(self, items: Iterable[Any]) -> list[Any]:
        """Return items in an order that the seed chooses."""
        order = list(items)
        if len(order) > 1:
            self.world.random.shuffle(order)
        return order
