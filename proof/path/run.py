"""One run: Kafka, the simulator and all roles, from the first poll through the trouble to the verdict."""

import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from events import topics as catalogue
from headgate.roles.simulator import url_of
from infra.kafka import LocalKafka
from proof.chaos.verify import Verdict
from proof.path import log
from proof.path.crew import Crew, StalledError
from proof.path.platform import Platform
from proof.path.trouble import Say, Trouble, wait_until
from proof.path.verify import LATE_CLOCK, reported, verify
from proof.path.world import PathWorld, Terms
from streams import dead_letters, reading, topics
from streams.agents.account import ACCOUNT
from streams.worker import GROUP

HEAP_MIB = 512
SETTLE_SECONDS = 120.0
LAGS = 3  # of what the platform tells late; after so many all of it was told, and read again


@dataclass
class Outcome:
    """What came of a run."""

    terms: Terms
    verdict: Verdict = field(default_factory=Verdict)
    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    hours: float = 0
    seconds: int = 0

    @property
    def is_red(self) -> bool:
        """Whether something was found to be wrong; a path that stood still has shown nothing."""
        return not (self.verdict.exact or self.verdict.stalled)


class Run:
    """Carries out one run in a folder of its own."""

    def __init__(self, folder: Path, terms: Terms, say: Say) -> None:
        self.folder, self.terms, self.say = folder, terms, say

    def carry_out(self) -> Outcome:
        """Run, and verify; whatever happens, no process is left behind."""
        shutil.rmtree(self.folder, ignore_errors=True)
        outcome = Outcome(self.terms)
        begun = time.monotonic()
        with LocalKafka(self.folder / "kafka", heap_mib=HEAP_MIB) as kafka:
            world = PathWorld(self.folder, self.terms, kafka.bootstrap)
            topics.apply(world.conf, catalogue.load(), "embedded")
            crew = Crew(world)
            try:
                outcome.verdict = self._through(world, crew, kafka, outcome)
            except StalledError as error:
                outcome.verdict = Verdict(stalled=True, examples=[str(error)])
            finally:
                crew.close()
            outcome.killed, outcome.ended, outcome.hours = crew.killed, crew.ended, world.hours_gone
        outcome.seconds = round(time.monotonic() - begun)
        shutil.rmtree(self.folder / "kafka", ignore_errors=True)
        return outcome

    def _through(self, world: PathWorld, crew: Crew, kafka: LocalKafka, outcome: Outcome) -> Verdict:
        crew.start("simulator")
        platform = Platform(url_of(world.settings) or "")
        world.point_at(platform.url)
        crew.start("worker-0", "worker-1", "executor", "projector", "clock", "poller")
        trouble = Trouble(world, crew, platform, self.say)
        try:
            trouble.begin()
            trouble.kill_all(kafka)
            trouble.until_hour(self.terms.hours)
            trouble.end()
        finally:
            outcome.faults = trouble.faults
            trouble.close()
        self._come_to_rest(world, crew, platform)
        return verify(world, platform)

    def _come_to_rest(self, world: PathWorld, crew: Crew, platform: Platform) -> None:
        """Let nothing new happen, and wait until everything has followed from what did."""
        self.say(f"{world.hours_gone:5.1f} h  nothing is spent any more")
        platform.freeze()
        frozen_ms = world.time.now_ms()
        until_ms = frozen_ms + LAGS * world.settings.simulator.lag_ms + world.settings.poller.restated_ms * 2
        wait_until(lambda: world.time.now_ms() > until_ms, SETTLE_SECONDS, "the platform's lag", crew)
        # As a person would, whom an alert has told of them.
        letters = [one for one in dead_letters.letters(world.conf) if one.origin.reason == LATE_CLOCK]
        dead_letters.replay(world.conf, letters)
        wait_until(
            lambda: self._has_settled(world, platform), SETTLE_SECONDS, "the end of all that follows", crew
        )
        crew.drain("poller", "clock", "worker-0", "worker-1", "executor", "projector")

    @staticmethod
    def _has_settled(world: PathWorld, platform: Platform) -> bool:
        """Say whether every total has come into the log, been decided, and every command has its outcome."""
        told = log.read(world.conf)
        return (
            told.cells() == reported(platform)
            and not told.open_orders()
            and _behind(world.conf, GROUP, ACCOUNT.topic) == 0
        )


def _behind(conf: dict[str, Any], group: str, topic: str) -> int:
    """Return how many records at most a group has not committed yet of what is there now."""
    committed = reading.committed_offsets(conf, group, topic)
    newest: Counter[int] = Counter()
    for message in reading.read(conf, topic):
        newest[message.partition() or 0] = (message.offset() or 0) + 1
    return sum(max(0, end - committed.get(partition, 0)) for partition, end in newest.items())
