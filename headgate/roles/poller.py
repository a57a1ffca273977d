"""The poller role: its platforms, its producer, and the accounts that are its part."""

from __future__ import annotations

import asyncio
import re
import signal
from typing import TYPE_CHECKING, Final, NamedTuple

from connectors.poller.poller import Poller, share_of
from connectors.poller.publisher import Publisher
from connectors.registry import open_platforms
from infra import logs
from infra.errors import FixInput

if TYPE_CHECKING:
    from headgate.context import RoleContext

TOPIC: Final = "account-facts"
SHARES_MAX: Final = 256
# Of what a credential may call; the rest is the executors', whose writes must not wait for reads.
QUOTA_PERCENT: Final = 80


class Share(NamedTuple):
    """Which part of the accounts."""

    number: int
    of: int


def parse_share(text: str) -> Share:
    """Read `0/1`; `FixInput` when it is no part of a whole."""
    if re.fullmatch(r"[0-9]{1,3}/[0-9]{1,3}", text):
        share = Share(*map(int, text.split("/")))
        if share.number < share.of <= SHARES_MAX:
            return share
    raise FixInput(
        f"--share {text} names no part of the accounts.",
        f"Give it as N/OF, counted from 0: 0/2 and 1/2 for two pollers; {SHARES_MAX} at most.",
    )


async def run(role: RoleContext, share: Share) -> None:
    """Read the accounts of a share until a signal asks for the end."""
    publisher = Publisher(role.settings.kafka_conf(), TOPIC)
    platforms = open_platforms(role.settings, role.time, share_percent=max(1, QUOTA_PERCENT // share.of))
    accounts = share_of(role.settings.accounts, *share)
    poller = Poller(
        accounts,
        role.settings.poller,
        platforms=platforms,
        time=role.time,
        publish=publisher.publish,
        health=role.health,
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, poller.stop)
    try:
        await asyncio.to_thread(publisher.open)
        logs.get(__name__).info("poller.accounts", accounts=len(accounts), share=f"{share.number}/{share.of}")
        role.announce_ready()
        await poller.run()
    finally:
        await asyncio.to_thread(publisher.close)
        for platform in platforms.values():
            await platform.close()
