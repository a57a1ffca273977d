"""One run: a world with its input and crew, from the first record to the verdict."""

import contextlib
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from proof.chaos.crew import Crew, Manner
from proof.chaos.feeder import Feeder
from proof.chaos.generator import Generator
from proof.chaos.progress import Progress, wait_until
from proof.chaos.verify import Verdict, verify
from proof.chaos.world import World
from streams import reading

# Where a zombie falls asleep: before its state is read, before its transaction, in it at each step, after it.
TRAPS = ("restoring", "deciding", "begin", "writing", "offsets", "committing", "committed")
Say = Callable[[str], None]
PROGRESS_SECONDS = 60.0
FINISH_SECONDS = 180.0


class StalledError(RuntimeError):
    """The workers do not come forward any more."""


class Run:
    """A world at work; scenarios make trouble in it."""

    def __init__(self, world: World, seed: int, say: Say, mutations: tuple[str, ...] = ()) -> None:
        self.world, self.seed, self.say = world, seed, say
        self.random = random.Random(seed)  # noqa: S311 - to be repeatable
        self.faults: Counter[str] = Counter()
        self.asleep_at: Counter[str] = Counter()
        self.traps: tuple[str, ...] = TRAPS
        self.progress = Progress(world)
        self.crew = Crew(world, seed, mutations)
        self.sources = {world.facts, world.increments}
        self.feeder = Feeder(world, Generator(world, seed), lambda: self.progress.total(self.sources))
        self.began = time.monotonic()

    def fault(self, kind: str) -> None:
        """Count a fault and show it."""
        self.faults[kind] += 1
        self.say(f"{self.world.name}: {kind} {self.faults[kind]}, {self.progress.total():,} committed")

    def until(self, true: Callable[[], bool], what: str, seconds: float = PROGRESS_SECONDS) -> None:
        """Wait for something while the dead are started again; a crew that only dies has stalled."""

        def tend() -> None:
            self.crew.tend()
            if self.crew.is_looping:
                raise StalledError(f"the workers only die: {dict(self.crew.ends)}")

        if not wait_until(true, seconds, tend):
            where = f"ends so far {dict(self.crew.ends)}, workers now at: {self.crew.steps()}"
            raise StalledError(f"waited {seconds:g} s for {what}; {where}")

    def until_forward(self, records: int = 1) -> None:
        """Wait until more is committed than now."""
        goal = self.progress.total() + records
        self.until(lambda: self.progress.total() >= goal, "progress")
        self.crew.deaths_in_a_row = 0

    def finish(self) -> None:
        """Let all that was fed be processed by workers in peace."""
        self.feeder.finish()
        self.crew.drain()
        self.complete()

    def complete(self) -> None:
        """Process what is left, by a fresh worker, and drain it."""
        self.crew.start("0", Manner(pause_ms=0, mutations=self.crew.mutations))
        self.until_done()
        self.crew.drain()

    def until_done(self) -> None:
        """Wait until the whole input, and in a chain what follows from it, is committed."""
        ends = dict(self.feeder.ends)
        self.until(lambda: self.progress.reached(ends), "the end of the input", FINISH_SECONDS)
        self.crew.deaths_in_a_row = 0
        if self.world.chain:
            decisions = {agent.topic for agent in self.world.agents()} - self.sources
            ends = {
                (topic, message.partition() or 0): (message.offset() or 0) + 1
                for topic in decisions
                for message in reading.read(self.world.kafka, topic)
            }
            self.until(lambda: self.progress.reached(ends), "the end of the chain", FINISH_SECONDS)

    def verdict(self) -> Verdict:
        """Verify what the run has left."""
        verdict = verify(self.world, self.feeder.generator.oracle)
        verdict.counts["records produced"] = self.feeder.produced
        verdict.counts["kills in flight"] = self.crew.in_flight
        verdict.counts["seconds"] = round(time.monotonic() - self.began)
        return verdict

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Make the topics, feed, and leave no process behind."""
        shutil.rmtree(self.world.folder, ignore_errors=True)
        self.world.save()
        self.world.create_topics()
        try:
            self.feeder.start()
            yield
        except StalledError:
            self.crew.tell_where()
            raise
        finally:
            self.crew.end_all()
            self.feeder.abandon()

    def close(self) -> None:
        """Leave nothing behind but the workers' logs."""
        self.progress.close()
        shutil.rmtree(Path(self.world.folder) / "state", ignore_errors=True)
