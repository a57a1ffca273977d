"""Gives the engine the world's time and dice instead of the machine's, for as long as a world runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from streams.engine import restore, transaction

if TYPE_CHECKING:
    from proof.simulation.world import World


class EngineTime:
    """Stands in for the module ``time``: sleeping lets the others run."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def monotonic(self) -> float:
        """Return the world's time in seconds."""
        return self._world.now_ms / 1000

    def sleep(self, seconds: float) -> None:
        """Let the world's time pass."""
        process = self._world.current
        assert process is not None, "only processes sleep"  # noqa: S101 - what the scheduler guarantees
        process.sleep(seconds)


@contextmanager
def engine_time(world: "World") -> Iterator[None]:
    """Give the engine the world's time and dice instead of the machine's."""
    time = EngineTime(world)
    replaced: list[tuple[Any, str, Any]] = [
        (transaction, "time", time),
        (transaction, "random", world.random),
        (restore, "time", time),
        (restore, "Restored", world.restored),
    ]
    kept = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    try:
        for module, name, value in replaced:
            setattr(module, name, value)
        yield
    finally:
        for module, name, value in kept:
            setattr(module, name, value)
