"""Measure what each compression costs and saves on pages as they are, for docs/adr/0005-pages.md."""

import argparse
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented there, but not re-exported in its types
    AdminClient,
    NewTopic,
)

from events import types
from events.codec import Event, encode
from events.envelope import Envelope
from infra.kafka import LocalKafka

CODECS: Final = ("none", "snappy", "lz4", "zstd/1", "zstd/3", "zstd/6")  # a level after the slash
CAMPAIGNS: Final = 100_000
ROUND_PAGES: Final = 64  # what one transaction of the engine carries
DAY_MS: Final = 86_400_000
NOON_MS: Final = 1_795_262_400_000

Record = tuple[bytes, list[tuple[str, str | bytes | None]], bytes]


@dataclass(frozen=True)
class Figures:
    """What one run of one codec has cost."""

    bytes_per_observation: float
    write_cpu_us: float
    write_wall_us: float
    read_cpu_us: float
    read_wall_us: float


def main(arguments: list[str] | None = None) -> int:
    """Run every codec in turn, several times, and print the medians for one observation."""
    parser = argparse.ArgumentParser(prog="python -m tools.compression", description=__doc__)
    parser.add_argument("--observations", type=int, default=400_000, help="in each run")
    parser.add_argument("--page", type=int, default=100, help="observations in a page")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args(arguments)
    records = _records(given.observations, given.page)
    figures: dict[str, list[Figures]] = {codec: [] for codec in CODECS}
    with tempfile.TemporaryDirectory() as folder, LocalKafka(Path(folder)) as kafka:
        for run in range(given.runs):
            # In turn, so that whatever else this machine does falls on all alike.
            for codec in CODECS:
                topic = f"pages-{codec.replace('/', '-')}-{run}"
                _create(kafka.bootstrap, topic)
                figures[codec].append(
                    _measure(kafka.bootstrap, Path(folder), topic, codec, records, given.observations)
                )
    _print(given.page, figures)
    return 0


def _records(observations: int, page: int) -> list[Record]:
    chance = random.Random(7)  # noqa: S311 -- the same pages in every run
    campaigns = [str(chance.randrange(10**9, 10**11)) for _ in range(CAMPAIGNS)]
    records: list[Record] = []
    for number in range(observations // page):
        first = number * page % CAMPAIGNS
        subject = f"client-{number % 40}/google/{chance.randrange(10**9)}"
        fact = types.SpendObserved(
            "USD",
            "2026-11-21",
            NOON_MS - DAY_MS // 2,
            NOON_MS + DAY_MS // 2,
            NOON_MS + number,
            tuple(_observation(chance, campaigns[first + index]) for index in range(page)),
        )
        envelope = Envelope(
            f"poll.{number}", fact.TYPE, fact.VERSION, "headgate/poller", subject, "2026-11-21T12:00:00Z"
        )
        headers, body = encode(Event(envelope, fact))
        records.append((subject.encode(), [*headers], body))
    return records


def _observation(chance: random.Random, campaign: str) -> types.SpendObservation:
    # Clicks follow impressions and spend follows clicks, as in the world, or nothing would compress.
    impressions = chance.randrange(20_000)
    clicks = impressions * chance.randrange(10, 40) // 1000
    spend_micros = clicks * chance.randrange(20, 300) * 10_000
    return types.SpendObservation(campaign, 11, spend_micros, impressions, clicks, clicks // 25)


def _create(bootstrap: str, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 4})
    for created in admin.create_topics([NewTopic(topic, 1, 1)]).values():
        created.result(timeout=10)


def _measure(
    bootstrap: str, folder: Path, topic: str, codec: str, records: list[Record], observations: int
) -> Figures:
    wall, cpu = time.perf_counter(), time.process_time()
    _write(bootstrap, topic, codec, records)
    write_wall, write_cpu = time.perf_counter() - wall, time.process_time() - cpu
    wall, cpu = time.perf_counter(), time.process_time()
    _read(bootstrap, topic, len(records))
    read_wall, read_cpu = time.perf_counter() - wall, time.process_time() - cpu
    size = sum(file.stat().st_size for file in folder.rglob(f"{topic}-0/*.log"))
    micro = 1_000_000 / observations
    return Figures(
        size / observations, write_cpu * micro, write_wall * micro, read_cpu * micro, read_wall * micro
    )


def _write(bootstrap: str, topic: str, codec: str, records: list[Record]) -> None:
    name, _, level = codec.partition("/")
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "transactional.id": topic,
            "compression.codec": name,
            "compression.level": int(level or -1),
            "linger.ms": 0,
            "log_level": 4,
            "batch.size": 4 * 1024 * 1024,
            "batch.num.messages": 100_000,
        }
    )
    producer.init_transactions(30)
    for start in range(0, len(records), ROUND_PAGES):
        producer.begin_transaction()
        for key, headers, body in records[start : start + ROUND_PAGES]:
            producer.produce(topic, body, key, headers=headers)
        producer.commit_transaction(30)


def _read(bootstrap: str, topic: str, count: int) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 20,
        }
    )
    consumer.subscribe([topic])
    seen = 0
    while seen < count:
        seen += len(consumer.consume(1000, timeout=1))
    consumer.close()


def _print(page: int, figures: dict[str, list[Figures]]) -> None:
    names = ("bytes_per_observation", "write_cpu_us", "write_wall_us", "read_cpu_us", "read_wall_us")
    sys.stdout.write(f"| pages of {page} | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n")
    for codec, runs in figures.items():
        medians = (statistics.median(getattr(run, name) for run in runs) for name in names)
        sys.stdout.write(f"| {codec} | {' | '.join(f'{value:.2f}' for value in medians)} |\n")


if __name__ == "__main__":
    sys.exit(main())
