"""A notifier with one webhook in a process of its own: `python -m tests.notifier_child PLAN`."""

from __future__ import annotations

import asyncio
import json
import sys

from connectors.notifier.notifier import Notifier, destinations
from connectors.notifier.options import NotifierOptions, Topics
from infra.health import Health
from infra.settings.notifier import NotifierSettings
from infra.world_time import WorldTime
from tests.notifier_kit import hook


async def main(plan: dict[str, str]) -> None:
    """Run until killed."""
    options = NotifierOptions(
        {"bootstrap.servers": plan["bootstrap"]},
        "0",
        group=plan["prefix"],
        topics=Topics(f"{plan['prefix']}-decisions", f"{plan['prefix']}-dead"),
        begin="beginning",
    )
    told = destinations(NotifierSettings(webhooks=(hook(plan["url"]),)))
    await Notifier(told, options, Health("notifier"), WorldTime()).run(lambda: None)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
