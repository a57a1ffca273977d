"""The notifier as a whole: a delivery for each destination, none of which holds up another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from connectors.notifier.delivery import Delivery
from connectors.notifier.inbox import Inbox
from connectors.notifier.letters import Letters
from connectors.notifier.mail import Mail
from connectors.notifier.watch import Watch
from connectors.notifier.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.notifier.destination import Destination
    from connectors.notifier.options import NotifierOptions
    from infra.health import Health
    from infra.settings.notifier import EmailSettings, NotifierSettings, WebhookSettings
    from infra.world_time import WorldTime

Told = list[tuple["Destination", "WebhookSettings | EmailSettings"]]
NOT_CONFIGURED = "not configured: nobody is to be told; see notifier.webhooks and notifier.email"


def destinations(settings: NotifierSettings) -> Told:
    """Return who is to be told, with what each of them wants to hear."""
    timeout_ms = settings.timeout_ms
    found: Told = [(Webhook(one, timeout_ms=timeout_ms), one) for one in settings.webhooks]
    if settings.email.host is not None:
        found.append((Mail(settings.email, timeout_ms=timeout_ms), settings.email))
    return found


class Notifier:
    """Tells all destinations until it is told to end; a failure of Kafka's ends the process."""

    def __init__(self, told: Told, options: NotifierOptions, health: Health, time: WorldTime) -> None:
        self._deliveries = [
            Delivery(
                destination,
                wishes,
                Inbox(options, destination.name),
                letters=Letters(options),
                options=options,
                watch=Watch(destination, health, time),
            )
            for destination, wishes in told
        ]
        self._ending = asyncio.Event()
        health.condition("notifier", None if told else NOT_CONFIGURED)

    def end(self) -> None:
        """Begin no further attempt."""
        self._ending.set()
        for delivery in self._deliveries:
            delivery.end()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Deliver until told to end; ready is when each destination knows its place in the log."""
        waiting = len(self._deliveries)
        if not waiting:
            on_ready()
            await self._ending.wait()
            return

        def assigned() -> None:
            nonlocal waiting
            waiting -= 1
            if not waiting:
                on_ready()

        tasks = [asyncio.create_task(delivery.run(assigned)) for delivery in self._deliveries]
        try:
            await asyncio.gather(*tasks)
        finally:
            for delivery in self._deliveries:
                delivery.end()
            await asyncio.gather(*tasks, return_exceptions=True)
