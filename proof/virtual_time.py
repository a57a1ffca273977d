"""An event loop whose time passes at once when there is nothing else to do, and the world's time by it."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

from infra.world_time import WorldTime

if TYPE_CHECKING:
    from collections.abc import Coroutine

Result = TypeVar("Result")


class _Selector(selectors.SelectSelector):
    """Lets a wait pass at once."""

    now_seconds = 0.0

    def select(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - as the class has it
        """Return what is ready; if nothing is, it is later now."""
        if timeout is None:
            raise AssertionError("everything waits, and nothing will ever come")
        found = super().select(0)
        if not found:
            self.now_seconds += max(timeout, 0)
        return found


class LoopTime(WorldTime):
    """The loop's time in milliseconds."""

    def now_ms(self) -> int:
        """Return which time it is."""
        return round(asyncio.get_running_loop().time() * 1000)


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end; its waits take no time."""
    selector = _Selector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now_seconds  # type: ignore[method-assign] # the loop's own hook for it
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)
