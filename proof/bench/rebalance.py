"""Silence: for how long a partition has no committed change when a worker joins, is killed or leaves."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import count, pairwise
from typing import Any

from confluent_kafka import Producer
from msgspec import structs

from events.codec import encode
from proof.bench.child import Contender
from proof.bench.day import Day
from proof.bench.fill import FLUSH_SECONDS, producer_conf
from proof.bench.ground import Ground
from proof.bench.job import Job
from proof.bench.options import Options
from proof.bench.report import FOLDER, OURS, Figure, figure
from streams import reading

PAGES_A_SECOND = 400
ACCOUNTS = 200
READY_SECONDS_MAX = 60
SETTLE_SECONDS = 3.0
# A gap belongs to the event that it begins with, or up to this long before it.
BEFORE_SECONDS = 0.15

Times = dict[int, list[float]]
Silences = dict[str, float]


def measure(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Measure joins, kills and leaves."""
    found: dict[str, list[float]] = defaultdict(list)
    for turn in range(1, options.runs + 1):
        silences = one_run(ground)
        options.say(f"run {turn} of {options.runs}: {silences}")
        for what, seconds in silences.items():
            found[what].append(seconds)
    yield [figure(what, OURS, "s", values) for what, values in found.items()]


def one_run(ground: Ground) -> Silences:
    """Let one worker work, another join, the first be killed and come back, the second leave."""
    job = ground.job("rebalance", ground.source("steady"), until="ended")
    story = Story(job)
    with Feeder(ground, job):
        story.run()
    silences = story.silences(committed_at(ground, job))
    ground.clear(job)
    return silences


class Feeder:
    """Writes pages at an even pace, to every partition in turn, until its end."""

    def __init__(self, ground: Ground, job: Job) -> None:
        self.ground, self.job = ground, job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="feeder")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _feed(self) -> None:
        conf = {**producer_conf(self.ground.conf, self.job.compression), "linger.ms": 1}
        producer: Any = Producer(conf)
        day, begun = Day(accounts=ACCOUNTS, campaigns=20, page=20, polls=2_400), time.monotonic()
        for number in count():
            headers, body = encode(day.spend(number // ACCOUNTS, number % ACCOUNTS))
            # Whoever has the account, its pages always come in the same partition.
            partition = number % ACCOUNTS % self.job.partitions
            producer.produce(self.job.source, body, b"", partition, headers=headers)
            producer.poll(0)
            ahead = begun + number / PAGES_A_SECOND - time.monotonic()
            if ahead > 0 and self._over.wait(ahead):
                break
        producer.flush(FLUSH_SECONDS)


class Story:
    """What happens to the workers, when, and whose the partitions were."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.log = FOLDER / "logs" / "rebalance.log"
        self.events: list[tuple[str, float, dict[str, set[int]]]] = []
        self._pause = threading.Event()

    def run(self) -> None:
        """Go through it."""
        everything = set(range(self.job.partitions))
        first = self.start("1")
        second: Contender | None = None
        try:
            self.owned(first)
            self.settle()
            second, moved = self.join()
            kept = everything - moved
            self.settle()
            first = self.kill(first, kept, moved)
            self.settle()
            self.note("leave", {"kept": kept, "moved": moved})
            second.drain()
            while self.owned(first) != everything:
                pass
            self.settle()
            self.note("end", {})
        finally:
            for worker in (first, second):
                if worker is not None:
                    worker.kill()

    def join(self) -> tuple[Contender, set[int]]:
        """Start the second worker; the partitions that it gets have moved."""
        at = time.time()
        second = self.start("2")
        moved = self.owned(second)
        kept = set(range(self.job.partitions)) - moved
        self.events.append(("join", at, {"kept": kept, "moved": moved}))
        return second, moved

    def kill(self, worker: Contender, its: set[int], others: set[int]) -> Contender:
        """Kill a worker and start it again at once, as the supervisor does."""
        self.note("kill -9 and restart", {"survivor's": others, "killed": its})
        worker.kill()
        again = self.start("1")
        self.owned(again)
        return again

    def start(self, slot: str) -> Contender:
        """Start the worker of a slot."""
        job = structs.replace(self.job, slot=slot)
        return Contender(f"worker {slot}", "proof.bench.worker", job, log=self.log)

    def owned(self, worker: Contender) -> set[int]:
        """Wait until a worker has partitions and their state; return them."""
        while True:
            owned = set(worker.wait_for("restored", READY_SECONDS_MAX)["partitions"])
            if owned:
                return owned

    def note(self, what: str, partitions: dict[str, set[int]]) -> None:
        """Note what is about to happen."""
        self.events.append((what, time.time(), partitions))

    def settle(self) -> None:
        """Let everything come to rest, so that an event's silence is its own."""
        self._pause.wait(SETTLE_SECONDS)

    def silences(self, times: Times) -> Silences:
        """Return the longest silence of the worst partition of each kind at each event."""
        found = {}
        for (what, begin, kinds), (_, end, _) in pairwise(self.events):
            for kind, partitions in kinds.items():
                gaps = [longest_gap(times[partition], begin, end) for partition in partitions]
                found[f"silence at a {what}, {kind} partitions"] = round(max(gaps, default=0), 3)
        return found


def longest_gap(times: list[float], begin: float, end: float) -> float:
    """Return the longest time without a change that begins at an event, or just before it."""
    gaps = [
        later - earlier
        for earlier, later in pairwise(times)
        if begin - BEFORE_SECONDS <= earlier < end - BEFORE_SECONDS
    ]
    return max(gaps, default=0)


def committed_at(ground: Ground, job: Job) -> Times:
    """Return when each partition's committed changes were written, from the changelog itself."""
    times: Times = defaultdict(list)
    for message in reading.read(ground.conf, job.changelog):
        times[message.partition() or 0].append(message.timestamp()[1] / 1000)
    return {partition: sorted(stamps) for partition, stamps in times.items()}
