"""Headgate as a contender: the engine and the account agent in a process of their own."""

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Sequence

from faust.types import TP

from infra.health import Health
from proof.bench.job import Job, from_command_line, tell
from proof.bench.meter import Meter, rss_mib
from proof.bench.step import agent_of
from streams.agent import Agent
from streams.app import attach
from streams.engine.app import STORES, EngineApp
from streams.engine.batch import Record
from streams.engine.options import EngineOptions
from streams.shell import Processed
from streams.watch import WorkerObserver
from streams.worker import settle_memory


class Measuring(WorkerObserver):
    """The worker's own observer, which also measures and tells."""

    def __init__(self, job: Job, over: asyncio.Event) -> None:
        super().__init__(Health("bench"))
        self.job, self.over, self.meter = job, over, Meter(job)
        self._in_flight = 0

    def note(self, agent: Agent, done: Processed) -> None:
        """Count what an agent made of a batch; it is through when its round is."""
        self.processed(agent, done)
        self._in_flight += done.observations

    def round_done(self, records: Sequence[Record], seconds: float) -> None:
        """Count a committed round."""
        super().round_done(records, seconds)
        self.meter.count(self._in_flight)
        self.meter.round(seconds)
        self._in_flight = 0
        if self.job.until == "finished" and self.meter.finished:
            self.over.set()

    def restored(self, owned: set[TP], records: int, seconds: float) -> None:
        """Tell what is ours and how long it took."""
        super().restored(owned, records, seconds)
        partitions = sorted(tp.partition for tp in owned)
        tell(
            "restored",
            partitions=partitions,
            records=records,
            seconds=seconds,
            at=time.time(),
            rss_mib=rss_mib(),
        )
        if self.job.until == "restored" and owned:
            self.over.set()


async def run(job: Job) -> None:
    """Run until the job is over, or someone asks for the end."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    options = EngineOptions(
        group=job.group,
        slot=job.slot,
        kafka={"bootstrap.servers": job.bootstrap},
        folder=job.folder,
        compression=job.compression,
    )
    observer = Measuring(job, over)
    app = EngineApp(options, store=STORES[job.store], observer=observer, on_failure=fail)
    attach(app, [agent_of(job)], lambda _topic: job.partitions, observer.note)
    await app.start()
    settle_memory()
    tell("started")
    try:
        await asyncio.wait_for(over.wait(), job.seconds_max if job.until == "finished" else None)
    except TimeoutError:
        tell("late")
    if job.until == "finished":
        observer.meter.report()
    await app.stop()


def fail(error: BaseException) -> None:
    """End at once, as a worker does."""
    traceback.print_exception(error)
    os._exit(3)


if __name__ == "__main__":
    asyncio.run(run(from_command_line()))
