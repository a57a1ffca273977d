"""The chain executor role: moves money between treasuries and pots, on the chain that the settings mean."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

from chain.errors import ChainError
from chain.executor.executor import ChainExecutor, Ground
from chain.executor.options import ChainExecutorOptions, ChainTopics, WatchOptions
from chain.executor.rates import rates
from chain.executor.tools import WorkOptions
from chain.executor.watch import CHAIN
from chain.place import find_place
from events import topics as catalogue
from infra import logs
from infra.errors import FixSetup, HeadgateError
from streams.topics import check

if TYPE_CHECKING:
    from chain.place import Place
    from chain.rpc.pool import Pool
    from headgate.context import RoleContext
    from infra.settings import Settings

USED: Final = frozenset(astuple(ChainTopics()))
# How often it is looked whether there is a chain by now: a local one starts a moment later.
LOOK_AGAIN_SECONDS: Final = 2
_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Connected(Ground):
    """A chain that has to be closed."""

    chain: Pool


def options(settings: Settings, slot: str) -> ChainExecutorOptions:
    """Return what the settings say to a chain executor."""
    given = settings.chain
    return ChainExecutorOptions(
        dict(settings.kafka_conf()),
        slot,
        session_timeout_ms=settings.executor.session_timeout_ms,
        drain_timeout_ms=settings.executor.drain_timeout_ms,
        work=WorkOptions(batch_max=given.batch_max, priority_fee_max=given.priority_fee_max),
        watch=WatchOptions(observe_ms=given.observe_ms, rates=rates(given.fx)),
    )


async def run(role: RoleContext, slot: str) -> None:
    """Run a chain executor until a signal asks for the drain; an error that ends the work is raised."""
    given = options(role.settings, slot)
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    await asyncio.to_thread(_require_topics, role.settings)
    ground = await configured(role, ending)
    if ground is None:
        return
    try:
        executor = ChainExecutor(given, ground, role.time, role.health)
        draining = asyncio.create_task(_drain(executor, ending))
        await _run(executor, role)
        draining.cancel()
    finally:
        await ground.chain.close()


async def configured(role: RoleContext, ending: asyncio.Event) -> Connected | None:
    """Wait, visibly, until there is a chain and who signs; None when this is to end before there is."""
    told = ""
    while not ending.is_set():
        try:
            ground = await connect(find_place(role.settings))
        except ChainError as error:
            if error.detail != told:
                _log.warning("executor.not_configured", reason=type(error).__name__, detail=error.detail)
                told = error.detail
            role.health.condition(CHAIN, f"not configured: {error.detail}")
        else:
            role.health.condition(CHAIN, None)
            return ground
        with suppress(TimeoutError):  # look again
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await ending.wait()
    return None


async def connect(place: Place) -> Connected:
    """Return the chain with both keys; half of the work, with one of them, would help nobody."""
    funder, spender = await place.signer("funder"), await place.signer("spender")
    return Connected(place.pool(), place.program, funder, spender)


async def _drain(executor: ChainExecutor, ending: asyncio.Event) -> None:
    await ending.wait()
    executor.drain()


async def _run(executor: ChainExecutor, role: RoleContext) -> None:
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
        raise FixSetup(f"The chain executor cannot start: {told}.", wrong[0].next_step)
