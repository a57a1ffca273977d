"""The worker: the agents of one process, from the first connection to the drain."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

from events import topics as catalogue
from events.topics import Catalogue
from infra import logs
from infra.errors import FixSetup, HeadgateError
from infra.health import Health
from infra.settings import Settings
from streams import agents
from streams.agent import Agent
from streams.app import attach
from streams.engine.app import STORES, EngineApp
from streams.engine.options import EngineOptions
from streams.topics import check
from streams.watch import WorkerObserver

log = logs.get(__name__)
GROUP = "headgate-account"
DEFECT_EXIT = 70
COLLECT_AFTER = (
    50_000  # allocations that outlive a round are few; Python's own 700 is for programs of objects
)


def engine_options(settings: Settings, slot: str) -> EngineOptions:
    """Return what the settings say to the engine."""
    worker = settings.worker
    return EngineOptions(
        group=GROUP,
        slot=slot,
        kafka=dict(settings.kafka_conf()),
        session_timeout_ms=worker.session_timeout_ms,
        heartbeat_ms=worker.heartbeat_ms,
        transaction_timeout_ms=worker.transaction_timeout_ms,
        round_records_max=worker.round_records_max,
        round_bytes_max=worker.round_bytes_max,
        drain_timeout_seconds=worker.drain_timeout_ms / 1000,
        folder=str(Path(settings.data_dir) / "state"),
    )


class Worker:
    """Runs agents until it is told to drain, or something fails."""

    def __init__(
        self,
        settings: Settings,
        slot: str,
        health: Health,
        *,
        on_ready: Callable[[], None],
        on_agents: Iterable[Agent] = agents.ALL,
    ) -> None:
        self.settings, self.slot, self.health = settings, slot, health
        self.on_ready, self.agents = on_ready, tuple(on_agents)

    def run(self) -> None:
        """Run until a signal asks for the drain; an error that ends the work ends the process."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        options = engine_options(self.settings, self.slot)
        topics = catalogue.load()
        await asyncio.to_thread(self._require_topics, options, topics)
        observer = WorkerObserver(self.health)
        app = EngineApp(options, store=STORES[self.settings.worker.store], observer=observer, on_failure=die)
        environment = self.settings.environment
        attach(
            app,
            self.agents,
            lambda topic: topics.topic(topic).partitions.of(environment),
            observer.processed,
        )
        drain = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, drain.set)
        await app.start()
        settle_memory()
        self.on_ready()
        await drain.wait()
        log.info("worker.draining", slot=self.slot)
        await app.stop()

    def _require_topics(self, options: EngineOptions, topics: Catalogue) -> None:
        """Refuse topics that are missing or cut another way: keys and state are spread by partitions."""
        problems = check(options.kafka, topics, self.settings.environment)
        wrong = [problem for problem in problems if problem.kind in {"missing", "partitions"}]
        if wrong:
            told = "; ".join(f"topic {problem.topic} {problem.detail}" for problem in wrong)
            raise FixSetup(f"The worker cannot start: {told}.", wrong[0].next_step)


def settle_memory() -> None:
    """Keep the collector from walking over all that the start has made, and let it look less often.

    Rows and events hold no cycles, so a round frees what it made by itself; to look for cycles in between
    costs a tenth of the throughput.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 100)


def die(error: BaseException) -> None:
    """End the process at once; the next start reads what is committed."""
    known = isinstance(error, HeadgateError) and error.__cause__ is None
    log.critical(
        "worker.failed", error=str(error), kind=type(error).__name__, exc_info=None if known else error
    )
    os._exit(error.exit_code if isinstance(error, HeadgateError) else DEFECT_EXIT)
