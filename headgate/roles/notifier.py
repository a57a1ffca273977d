"""The notifier role: who is told of alerts by the settings, and a sample for each of them."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from connectors.notifier.notices import Notice
from connectors.notifier.notifier import Notifier, destinations
from connectors.notifier.options import NotifierOptions
from events.types import AlertRaised
from infra.errors import FixInput
from infra.retry import Backoff
from infra.world_time import wall_ms

if TYPE_CHECKING:
    from connectors.notifier.destination import Answer, Destination
    from headgate.context import RoleContext
    from infra.settings import Settings

RETRY_MS_FIRST = 1_000


def options(settings: Settings, slot: str) -> NotifierOptions:
    """Return what the settings say to a notifier."""
    given = settings.notifier
    retry = Backoff(delay_ms=min(RETRY_MS_FIRST, given.retry_ms_max), delay_ms_max=given.retry_ms_max)
    return NotifierOptions(dict(settings.kafka_conf()), slot, begin=given.begin, retry=retry)


async def run(role: RoleContext, slot: str) -> None:
    """Run a notifier until a signal asks for the end."""
    told = destinations(role.settings.notifier)
    notifier = Notifier(told, options(role.settings, slot), role.health, role.time)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, notifier.end)
    await notifier.run(role.announce_ready)


async def sample(settings: Settings, name: str | None) -> list[tuple[Destination, Answer]]:
    """Send a sample to one destination, or to all, and return what each answered; Kafka is not asked."""
    all_of_them = [destination for destination, _ in destinations(settings.notifier)]
    chosen = [one for one in all_of_them if name in {None, one.name}]
    try:
        if not chosen:
            known = ", ".join(one.name for one in all_of_them) or "none yet"
            raise FixInput(
                f"There is no destination {name or 'to send a sample to'}.",
                f"Configured are: {known}. notifier.webhooks and notifier.email say whom to tell.",
            )
        notice = sample_notice()
        return [(one, await one.deliver(notice)) for one in chosen]
    finally:
        for one in all_of_them:
            await one.close()


def sample_notice() -> Notice:
    """Return a notice that says of itself that it is a sample."""
    now_ms = wall_ms()
    alert = AlertRaised(
        kind="warning_overpacing",
        severity="info",
        campaign="sample",
        episode=1,
        at_ms=now_ms,
        observed=1_700,
        limit=1_500,
        unit="permille",
        spent_micros=17_000_000,
        budget_micros=100_000_000,
        ratio_permille=1_700,
        currency="USD",
    )
    return Notice(f"sample.{now_ms}", "sample/headgate/notifier-test", alert)
