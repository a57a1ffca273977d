"""The world: a clock, a broker, workers and their trouble, all moved on by one seeded scheduler."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import greenlet

from infra.errors import CallAPerson, HeadgateError
from proof.simulation import agents
from proof.simulation.broker import Broker
from proof.simulation.engine_time import engine_time
from proof.simulation.input import Input
from proof.simulation.plan import Plan
from proof.simulation.process import Process
from proof.simulation.verify import Verdict, verify
from proof.simulation.worker import Worker
from streams.engine.options import EngineOptions
from streams.engine.restore import Restored

SESSION_MS, TRANSACTION_MS = 400, 200
TROUBLE_STEPS_MAX = 6_000
CALM_TICKS_MAX = 3_000
BURST_STEPS_MAX = 12
FOR_EVER_MS = 1 << 60
# Processes are idle most of the time, and to hit an idle one proves little.
IDLE, IDLE_SPARED = frozenset({"poll", "sleep", "start"}), 0.85

Change = Callable[[Worker], None]


@dataclass
class World:
    """One run."""

    seed: int
    plan: Plan
    folder: Path
    change: Change = lambda _worker: None
    restored: type[Restored] = Restored
    now_ms: int = 1_000_000
    is_calm: bool = False
    is_stuck: bool = False
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    alarms: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - to be repeatable
        self.hub = greenlet.getcurrent()
        self.broker = Broker(agents.partitions(self.plan.partitions), SESSION_MS, TRANSACTION_MS)
        self.broker.group.on_rebalance = lambda: self.count("rebalance")
        self.input = Input(self.seed, self.plan.records, self.plan.partitions).items[::-1]
        self.running: list[Process] = []
        self.workers: dict[Process, Worker] = {}
        self.starts_at_ms: dict[str, int] = {f"s{n}": self.now_ms for n in range(self.plan.workers)}
        self.current: Process | None = None

    # ---- the run
    def run(self) -> None:
        """Run the trouble, then in calm to the end; late zombies wake when everybody else is through."""
        with engine_time(self):
            try:
                while (self.input or self.steps < self.plan.records * 20) and self.steps < TROUBLE_STEPS_MAX:
                    self.tick()
                    self.trouble()
                self.is_calm = True
                zombies = self.hold_zombies() if self.plan.has_late_zombie else []
                self.settle()
                for zombie in zombies:
                    zombie.stands_until_ms = 0
                    self.count("woke after the end")
                self.settle()
                self.verdict = verify(self)
            finally:
                self.stop()

    def hold_zombies(self) -> list[Process]:
        """Let those that stand still do so until the others are through; somebody must be left to work."""
        zombies = [one for one in self.running if one.stands_until_ms > self.now_ms]
        if len(zombies) == len(self.running) and not self.starts_at_ms:
            zombies.pop()
        for zombie in zombies:
            zombie.stands_until_ms = FOR_EVER_MS
        return zombies

    def settle(self) -> None:
        """Go on until nothing is left to do."""
        quiet = 0
        for _ in range(CALM_TICKS_MAX):
            self.tick()
            is_done = (
                not self.input and not any(self.broker.left(agents.SOURCES)) and self.is_everything_owned()
            )
            quiet = quiet + 1 if is_done else 0
            if quiet > 40 * len(self.running):
                return
        self.is_stuck = True

    def is_everything_owned(self) -> bool:
        """Whether each source partition has one owner, who is in no round."""
        owned = [tp for worker in self.alive() for tp in worker.owned]
        wanted = len(agents.SOURCES) * self.plan.partitions
        return len(owned) == len(set(owned)) == wanted

    def alive(self) -> Iterator[Worker]:
        """Iterate over the workers that can work."""
        return (self.workers[one] for one in self.running if one.can_run)

    def tick(self) -> None:
        """Let a little time pass and somebody work."""
        self.now_ms += self.random.randint(1, 6)
        self.broker.expire(self.now_ms)
        self.broker.mark_some(self.random)
        self.start_due()
        self.produce()
        candidates = []
        for process in self.running:
            if process.can_run:
                candidates.append(process)
                if process.consumer is not None:
                    process.consumer.heartbeat()
        if candidates:
            self.work(self.random.choice(candidates))
        self.reap()

    def work(self, process: Process) -> None:
        """Let a process go some steps."""
        self.current = process
        for _ in range(self.random.randint(1, BURST_STEPS_MAX)):
            self.steps += 1
            process.resume()
            if process.is_dead:
                break

    def produce(self) -> None:
        """Produce some of the input."""
        if self.input and (self.is_calm or self.random.random() < 0.2):  # noqa: PLR2004 - a record every few ticks
            item = self.input.pop()
            logs = self.broker.of(item.topic)
            chosen = item.partition if item.partition >= 0 else sum(item.key) % len(logs)
            logs[chosen].append(item.key, item.value, item.headers)

    # ---- trouble
    def trouble(self) -> None:
        """Kill, stop, move and double processes by the plan's rates."""
        for process in list(self.running):
            if process.is_dead:
                continue
            is_idle = process.at in IDLE and self.random.random() < IDLE_SPARED
            if not is_idle and process.is_struck("kill"):
                self.end(process)
            elif not is_idle and process.can_run and process.is_struck("stand still"):
                process.stands_until_ms = self.now_ms + self.random.randint(10, 3 * SESSION_MS)
            elif process.can_run and not process.is_leaving and process.is_struck("leave"):
                process.is_leaving = True
            elif not self.plan.on_disk and process.is_struck("second in its place"):
                self.start(process.slot)
        self.reap()

    def count(self, fault: str) -> None:
        """Note a fault."""
        self.faults[fault] += 1

    def note_end(self, process: Process, error: Exception) -> None:
        """Note why a process ended by itself: some reasons must never come up."""
        self.count(f"ended: {type(error).__name__}")
        if isinstance(error, CallAPerson):
            self.alarms.append(f"{process.slot} at {process.at}: {type(error).__name__}: {error.what}")
        elif not isinstance(error, HeadgateError):
            self.defects.append(f"{process.slot} at {process.at}: {error!r}")

    # ---- processes
    def start_due(self) -> None:
        """Start the processes whose time has come."""
        for slot in [slot for slot, at_ms in self.starts_at_ms.items() if at_ms <= self.now_ms]:
            del self.starts_at_ms[slot]
            self.start(slot)

    def start(self, slot: str) -> None:
        """Start a process in a slot."""
        process = Process(self, slot, self.main)
        self.running.append(process)
        options = EngineOptions(
            "g",
            slot,
            {},
            round_records_max=self.plan.round_records_max,
            static_member=self.plan.is_static,
            folder=str(self.folder),
        )
        worker = Worker(process, options, on_disk=self.plan.on_disk)
        self.change(worker)
        self.workers[process] = worker

    def main(self, process: Process) -> None:
        """Run what a process runs."""
        self.workers[process].run()

    def end(self, process: Process) -> None:
        """Kill a process, whatever it is doing."""
        self.count(f"killed at: {process.at}")
        process.kill()

    def reap(self) -> None:
        """Let the supervisor start again what has ended."""
        for process in [one for one in self.running if one.is_dead]:
            self.running.remove(process)
            del self.workers[process]
            others = (one for one in self.running if one.stands_until_ms < FOR_EVER_MS)
            if all(one.slot != process.slot for one in others):
                self.starts_at_ms[process.slot] = self.now_ms + self.random.randint(1, SESSION_MS // 2)

    def stop(self) -> None:
        """End every process."""
        for process in self.running:
            process.kill()
