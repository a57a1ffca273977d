"""Recovery: from the assignment of all partitions until their state is there and records are read."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from confluent_kafka import Producer, TopicPartition
from msgspec import structs

from events.codec import encode
from proof.bench.child import Contender
from proof.bench.day import HOURS, Day
from proof.bench.fill import FLUSH_SECONDS, offer, producer_conf
from proof.bench.ground import Ground
from proof.bench.job import Job
from proof.bench.options import Options
from proof.bench.report import FOLDER, OURS, Figure, figure
from proof.bench.step import Found, agent_of, batch_of
from streams.engine.parts import MemoryPart
from streams.engine.values import VERSION_BYTES, prefix
from streams.shell import Shell

CAMPAIGNS = (100_000, 1_000_000)
READY_SECONDS_MAX = 120
CAMPAIGNS_AN_ACCOUNT = 100


def measure(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Measure each size, in memory and on disk."""
    source = ground.source("recovery")
    fill_one_each(ground, source)
    for campaigns in CAMPAIGNS[:1] if options.quick else CAMPAIGNS:
        yield one_size(ground, options, source, campaigns)


def one_size(ground: Ground, options: Options, source: str, campaigns: int) -> list[Figure]:
    """Start workers on a changelog of so many campaigns; the disk's is the restart after a kill."""
    job = ground.job("recovery", source, until="restored")
    ground.commit_offsets(job.group, [TopicPartition(source, p, 1) for p in range(ground.partitions)])
    options.say(f"writing the rows of {campaigns:,} campaigns")
    fill_changelog(ground, job, campaigns)
    on_disk = structs.replace(job, store="disk")
    options.say(f"first start on disk: {start(on_disk, crash=True)}")
    memory, disk = [], []
    for turn in range(1, options.runs + 1):
        memory.append(start(job))
        disk.append(start(on_disk, crash=True))
        options.say(f"run {turn} of {options.runs}: memory {memory[-1]}, disk {disk[-1]}")
    ground.clear(job)
    name = f"recovery of {campaigns:,} campaigns"
    return [
        figure(f"{name}, memory", OURS, "s", [one["seconds"] for one in memory]),
        figure(f"{name}, disk store after a kill -9", OURS, "s", [one["seconds"] for one in disk]),
        figure(f"{name}: memory used, memory store", OURS, "MiB", [one["rss_mib"] for one in memory]),
    ]


def start(job: Job, *, crash: bool = False) -> dict[str, Any]:
    """Start a worker and return what it told when its state was there."""
    with Contender("recovery", "proof.bench.worker", job, log=FOLDER / "logs" / "recovery.log") as worker:
        while True:
            told = worker.wait_for("restored", READY_SECONDS_MAX)
            if told["partitions"]:
                break
        if crash:
            worker.kill()
        else:
            worker.wait()
    return told


def fill_one_each(ground: Ground, source: str) -> None:
    """Put a record into each partition, which the rows then follow from."""
    producer: Any = Producer(producer_conf(ground.conf, ground.catalogue.compression))
    headers, body = encode(Day().budgets(0))
    for partition in range(ground.partitions):
        producer.produce(source, body, b"", partition, headers=headers)
    producer.flush(FLUSH_SECONDS)


def fill_changelog(ground: Ground, job: Job, campaigns: int) -> None:
    """Write each campaign's row once, as it is after a whole day."""
    producer: Any = Producer(producer_conf(ground.conf, ground.catalogue.compression))
    model = Day(accounts=1, campaigns=CAMPAIGNS_AN_ACCOUNT, polls=HOURS)
    rows, old = rows_of(job, model), model.subject(0).encode()
    for account in range(campaigns // CAMPAIGNS_AN_ACCOUNT):
        new = model.subject(account).encode()
        for key, value in rows:
            offer(producer, job.changelog, value, key.replace(old, new), account % job.partitions)
    producer.flush(FLUSH_SECONDS)


def rows_of(job: Job, day: Day) -> list[tuple[bytes, bytes]]:
    """Return an account's rows at the end of a day, as the shell makes them; they follow from offset 0."""
    shell, part = Shell(agent_of(job)), MemoryPart()
    for event in replace(day, page=day.campaigns).events():
        headers, body = encode(event)
        record = Found(job.source, 0, 0, event.envelope.subject.encode(), body, headers)
        part.apply(shell.process(batch_of([record]), part.get).rows, 0, 0)
    return [(key, prefix(0) + value[VERSION_BYTES:]) for key, value in part.items()]
