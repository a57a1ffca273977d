"""Latency: from when a page is due to be sent until its fact, or its command, can be read, at half load."""

import time
from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from msgspec import structs

from proof.bench.child import Contender
from proof.bench.day import Day
from proof.bench.ground import Ground
from proof.bench.job import Job, Probe
from proof.bench.open_loop import NAME
from proof.bench.options import Options
from proof.bench.report import FOLDER, OURS, Figure, figure
from proof.bench.stream import rate_of_ours

SECONDS, QUICK_SECONDS = 16, 9
WARM_SECONDS = 3.0  # after budgets and every account's first page, which are plans to be made
READY_SECONDS_MAX = 60
LISTEN_SECONDS = 0.1
SPARE_SECONDS = 5.0


def measure(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Measure at half of the rate that this worker has right now."""
    yield of_probe(ground, options, "restated", "page to output at half load")


def reaction(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Measure how soon a campaign that has run away is told to stop, at half load as well."""
    yield of_probe(ground, options, "runaway", "page to pause command at half load")


def of_probe(ground: Ground, options: Options, probe: Probe, name: str) -> list[Figure]:
    """Measure the pages that lead to one kind of output."""
    pages_a_second = rate_of_ours(ground, options, Day(polls=8)) // Day.page // 2
    seconds = QUICK_SECONDS if options.quick else SECONDS
    p50s, p99s = [], []
    for turn in range(1, options.runs + 1):
        late = sorted(one_run(ground, pages_a_second, seconds, probe))
        p50s.append(round(late[len(late) // 2] * 1000, 1))
        p99s.append(round(late[len(late) * 99 // 100] * 1000, 1))
        options.say(
            f"run {turn} of {options.runs}: {pages_a_second} pages/s, {len(late)} measured, "
            f"p50 {p50s[-1]} ms, p99 {p99s[-1]} ms"
        )
    return [
        figure(f"{name}, p50", OURS, "ms", p50s),
        figure(f"{name}, p99", OURS, "ms", p99s),
        figure("half load", OURS, "pages/s", [pages_a_second]),
    ]


def one_run(ground: Ground, pages_a_second: int, seconds: int, probe: Probe) -> list[float]:
    """Return how late each page's output was, in seconds after the page was due."""
    job = ground.job("latency", ground.source("open-loop"), until="ended", probe=probe)
    job = structs.replace(job, commands=ground.like("platform-commands", f"{job.group}-commands"))
    load = structs.replace(job, pages_a_second=pages_a_second, pages=pages_a_second * seconds)
    logs = FOLDER / "logs"
    with Contender("worker", "proof.bench.worker", job, log=logs / "latency.log") as worker:
        worker.wait_for("restored", READY_SECONDS_MAX)
        with Contender("load", "proof.bench.open_loop", load, log=logs / "latency-load.log") as producer:
            begun = producer.wait_for("begun", READY_SECONDS_MAX)["at"]
            arrivals = listen(ground, job, begun + seconds + SPARE_SECONDS, load.pages)
    ground.clear(job)
    warm = Day.accounts + round(WARM_SECONDS * pages_a_second)
    return [at - (begun + number / pages_a_second) for number, at in arrivals.items() if number >= warm]


def listen(ground: Ground, job: Job, until: float, pages: int) -> dict[int, float]:
    """Return when the first output of each page could be read."""
    consumer: Any = Consumer(
        {
            **ground.conf,
            "group.id": f"{job.group}-listener",
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 20,
            "fetch.queue.backoff.ms": 2,
        }
    )
    topic = job.commands if job.probe == "runaway" else job.decisions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(job.partitions)])
    arrivals: dict[int, float] = {}
    last = NAME.format(pages - 1).encode()
    while time.monotonic() < until:
        # One at a time: consume() would wait for more and add its own delay.
        message = consumer.poll(LISTEN_SECONDS)
        if message is None or message.error() is not None:
            continue
        at, cause = time.monotonic(), dict(message.headers())["ce_causationid"]
        prefix, _, number = cause.decode().partition("-")
        if prefix == NAME.partition("-")[0]:
            arrivals.setdefault(int(number), at)
        if cause == last:
            break
    consumer.close()
    return arrivals
