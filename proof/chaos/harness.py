"""Carries out planned runs, each on a cluster of its size, and tells what came of them."""

import itertools
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.kafka import LocalKafka
from proof.chaos.plan import Planned, Proof
from proof.chaos.run import Run, Say, StalledError
from proof.chaos.scenarios import SCENARIOS
from proof.chaos.verify import Verdict
from proof.chaos.world import World

HEAP_MIB = 384


@dataclass
class Outcome:
    """What came of one run."""

    planned: Planned
    seed: int
    verdict: Verdict
    faults: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    killed_at: Counter[str] = field(default_factory=Counter)
    asleep_at: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    seconds: int = 0


@dataclass
class Proven:
    """What came of switching a safeguard off."""

    safeguard: str
    colour: str
    covered_by: str = ""
    how: str = ""
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether its absence is seen, or known to be covered."""
        return self.colour == "red" or bool(self.covered_by)


class Harness:
    """Clusters by their size, started when first needed, and the runs on them."""

    def __init__(self, folder: Path, seed: int, say: Say) -> None:
        self.folder, self.seed, self.say = folder, seed, say
        self.clusters: dict[int, LocalKafka] = {}
        self._names = itertools.count(1)
        self._known: dict[Planned, Outcome] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def cluster(self, brokers: int) -> LocalKafka:
        """Return a cluster of that size."""
        if brokers not in self.clusters:
            self.say(f"starting Kafka with {brokers} broker{'s' * (brokers > 1)}")
            kafka = LocalKafka(self.folder / f"kafka-{brokers}", brokers, heap_mib=HEAP_MIB)
            self.clusters[brokers] = self._stack.enter_context(kafka)
        return self.clusters[brokers]

    def run(self, planned: Planned) -> Outcome:
        """Carry out one run and verify it."""
        kafka = self.cluster(planned.brokers)
        name = f"{planned.title}-{planned.store}-{next(self._names)}-{int(time.time()) % 100_000}"
        world = World(
            name=name,
            bootstrap=kafka.bootstrap,
            folder=str(self.folder / name),
            environment="embedded" if planned.brokers == 1 else "three-brokers",
            store=planned.store,
            chain=planned.chain,
            static_member=planned.static_member,
        )
        run = Run(world, self.seed, self.say, planned.mutations)
        run.traps = planned.traps or run.traps
        outcome = Outcome(
            planned, run.seed, Verdict(), run.faults, run.crew.ends, run.crew.killed_at, run.asleep_at
        )
        started = time.monotonic()
        try:
            outcome.verdict = self._verdict(run, planned, kafka)
        finally:
            run.close()
        outcome.in_flight, outcome.seconds = run.crew.in_flight, round(time.monotonic() - started)
        return outcome

    @staticmethod
    def _verdict(run: Run, planned: Planned, kafka: LocalKafka) -> Verdict:
        try:
            with run.at_work():
                SCENARIOS[planned.scenario](run, planned.times, kafka)
                run.finish()
                return run.verdict()
        except StalledError as error:
            return Verdict(stalled=True, examples=[str(error)])

    def prove(self, proof: Proof, told: Callable[[Outcome], None]) -> Proven:
        """Switch a safeguard off, and where another one covers it, both."""

        def once(planned: Planned) -> Outcome:
            if planned not in self._known:
                self._known[planned] = self.run(planned)
                told(self._known[planned])
            return self._known[planned]

        proven = Proven(proof.safeguard, "green")
        alone = once(proof.alone)
        proven.outcomes.append(alone)
        if proof.both is None:
            control_is_exact = proof.other is None or once(proof.other).verdict.exact
            if not alone.verdict.exact and control_is_exact:
                proven.colour, proven.how = "red", summary(alone.verdict)
            return proven
        both = once(proof.both)
        proven.outcomes.append(both)
        other = None if proof.other is None else once(proof.other).verdict
        seen = shows(both.verdict, proof.shows) and (other is None or not shows(other, proof.shows))
        if not alone.verdict.exact:
            proven.colour, proven.how = "red", summary(alone.verdict)
        elif seen:
            proven.covered_by, proven.how = proof.covered_by, f"both off: {summary(both.verdict)}"
        return proven


def shows(verdict: Verdict, what: str) -> bool:
    """Say whether something went wrong, in what is named if that is given."""
    if not what:
        return not verdict.exact
    kinds = [f"{kind}: {what}" for kind in ("lost", "doubled", "wrong")]
    return any(verdict.counts[kind] for kind in kinds)


def summary(verdict: Verdict) -> str:
    """Return in a few words what went wrong."""
    if verdict.stalled:
        return f"stalled: {verdict.examples[0]}"
    return f"{verdict.lost} lost, {verdict.doubled} doubled, {verdict.wrong} wrong"
