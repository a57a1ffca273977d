"""The executor role: brings commands about on the platforms that the settings give access to."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import astuple
from typing import TYPE_CHECKING

from connectors.executor.executor import Executor
from connectors.executor.options import ExecutorOptions, Topics
from connectors.registry import open_platforms
from events import topics as catalogue
from infra import logs
from infra.errors import FixSetup, HeadgateError
from streams.topics import check

if TYPE_CHECKING:
    from headgate.context import RoleContext
    from infra.settings import Settings

# What pollers leave of each credential's quota, so that a pause need not wait for reads.
QUOTA_PERCENT = 20
_log = logs.get(__name__)
USED = frozenset(astuple(Topics()))


def options(settings: Settings, slot: str) -> ExecutorOptions:
    """Return what the settings say to an executor."""
    given = settings.executor
    return ExecutorOptions(
        dict(settings.kafka_conf()),
        slot,
        session_timeout_ms=given.session_timeout_ms,
        drain_timeout_ms=given.drain_timeout_ms,
        give_up_after_ms=given.give_up_after_ms,
    )


async def run(role: RoleContext, slot: str) -> None:
    """Run an executor until a signal asks for the drain; an error that ends the work is raised."""
    given = options(role.settings, slot)
    await asyncio.to_thread(_require_topics, role.settings)
    platforms = open_platforms(role.settings, role.time, share_percent=QUOTA_PERCENT)
    try:
        executor = Executor(given, platforms, role.time, role.health)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, executor.drain)
        await _run(executor, role)
    finally:
        for platform in platforms.values():
            await platform.close()


async def _run(executor: Executor, role: RoleContext) -> None:
    try:
        await executor.run(role.announce_ready)
    except HeadgateError as error:
        if executor.is_hanging:
            # An ordinary end would wait for the thread that never comes back.
            _log.critical("executor.hangs", error=str(error))
            os._exit(error.exit_code)
        raise


def _require_topics(settings: Settings) -> None:
    """Refuse topics that are missing or cut another way: attempts are found by their commands' partition."""
    problems = check(dict(settings.kafka_conf()), catalogue.load(), settings.environment)
    wrong = [one for one in problems if one.kind in {"missing", "partitions"} and one.topic in USED]
    if wrong:
        told = "; ".join(f"topic {one.topic} {one.detail}" for one in wrong)
        raise FixSetup(f"The executor cannot start: {told}.", wrong[0].next_step)
