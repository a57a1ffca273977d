"""What the library tells of by itself: alerts that stand, and the handlers that hear each once."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from events.types import AlertCleared, AlertKind, AlertRaised
from headgate.pacer.amounts import to_amount, to_ratio
from headgate.pacer.book import channel_of
from headgate.pacer.shapes import PacingAlert
from headgate.pacer.words import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from events.types import Fact

Handler = "Callable[[PacingAlert], Awaitable[None] | None]"
WORST_FIRST: Final = ("critical", "high", "warning", "info")
WAITING_MAX: Final = 10_000  # alerts that no handler has heard yet; the oldest go first


class Alerts:
    """Which alerts stand, and who is told of new ones."""

    def __init__(self) -> None:
        self._standing: dict[tuple[str, str], dict[AlertKind, AlertRaised]] = {}
        self._handlers: list[Callable[[PacingAlert], Awaitable[None] | None]] = []
        self._waiting: deque[PacingAlert] = deque(maxlen=WAITING_MAX)
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, handler: Callable[[PacingAlert], Awaitable[None] | None]) -> None:
        """Let a handler hear every alert from now on, once when it is raised."""
        self._handlers.append(handler)

    def hear(self, subject: str, fact: Fact) -> None:
        """Keep what stands by now."""
        match fact:
            case AlertRaised(campaign=str(campaign)):
                self._standing.setdefault((subject, campaign), {})[fact.kind] = fact
                if self._handlers:
                    self._waiting.append(told(subject, campaign, fact))
            case AlertCleared(campaign=str(campaign)):
                self._standing.get((subject, campaign), {}).pop(fact.kind, None)
            case _:
                pass

    def worst(self, subject: str, campaign: str) -> AlertRaised | None:
        """Return the most serious alert that stands of a campaign."""
        standing = self._standing.get((subject, campaign), {}).values()
        return min(standing, key=lambda one: (WORST_FIRST.index(one.severity), -one.at_ms), default=None)

    def deliver(self) -> None:
        """Call the handlers for what is new; what a handler raises comes out here, after all were called."""
        failed: list[Exception] = []
        while self._waiting:
            alert = self._waiting.popleft()
            for handler in list(self._handlers):
                try:
                    self._call(handler, alert)
                except Exception as error:  # noqa: BLE001 - another handler's turn comes first; raised below
                    failed.append(error)
        if failed:
            raise ExceptionGroup("handlers of alerts failed; what was recorded has counted", failed)

    async def delivered(self) -> None:
        """Wait until every handler that was started has come to its end."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _call(self, handler: Callable[[PacingAlert], Awaitable[None] | None], alert: PacingAlert) -> None:
        result = handler(alert)
        if not inspect.isawaitable(result):
            return
        running: Coroutine[Any, Any, None] = _awaited(result)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(running)
            return
        task = loop.create_task(running)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _awaited(result: Awaitable[None]) -> None:
    await result


def told(subject: str, campaign: str, alert: AlertRaised) -> PacingAlert:
    """Return an alert as the library's callers know it."""
    return PacingAlert(
        alert_type=alert.kind,
        campaign_id=campaign,
        channel=channel_of(subject),
        current_spend=to_amount(alert.spent_micros or 0),
        pace_ratio=to_ratio(alert.ratio_permille or 0),
        recommended_action=ACTIONS[alert.kind],
        severity=alert.severity,
    )
