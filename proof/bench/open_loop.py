"""Sends pages when they are due, whatever becomes of them; each leads to an output."""

import time
from typing import Any

from confluent_kafka import Producer
from msgspec.structs import replace

from events.codec import Event, encode
from events.types import SpendObserved
from events.types.spend import SpendObservation
from proof.bench.day import Day
from proof.bench.fill import FLUSH_SECONDS, producer_conf
from proof.bench.job import Job, from_command_line, tell

NAME = "page-{}"
LINGER_MS = 5
NAP_SECONDS = 0.002
LEAD_SECONDS = 0.5

Record = tuple[bytes, bytes, list[tuple[str, bytes]]]


def records(job: Job) -> list[Record]:
    """Return everything to send, ready made, so that sending costs little."""
    day = Day(polls=24)
    found = []
    for number in range(job.pages):
        event = day.spend(number // day.accounts % day.polls, number % day.accounts)
        found.append(record(with_output(event, number, number // day.accounts)))
    return found


def with_output(event: Event, number: int, poll: int) -> Event:
    """Return a page in which one of two campaigns has shrunk, which is told at once."""
    data = event.data
    if not isinstance(data, SpendObserved):
        raise TypeError(f"{event.envelope.type} is no page")
    probes = tuple(
        SpendObservation(f"probe-{parity}", 0, 10_000 + int(poll % 2 == parity)) for parity in (0, 1)
    )
    envelope = replace(event.envelope, id=NAME.format(number))
    return Event(envelope, replace(data, observations=(*data.observations, *probes)))


def record(event: Event) -> Record:
    """Return an event as it is sent."""
    headers, body = encode(event)
    return event.envelope.subject.encode(), body, headers


def main() -> None:
    """Send the budgets, and then each page at its time."""
    job = from_command_line()
    day, pages = Day(), records(job)
    conf = {"bootstrap.servers": job.bootstrap}
    producer: Any = Producer({**producer_conf(conf, job.compression), "linger.ms": LINGER_MS})
    for account in range(day.accounts):
        key, body, headers = record(day.budgets(account))
        producer.produce(job.source, body, key, headers=headers)
    producer.flush(FLUSH_SECONDS)
    begun = time.monotonic() + LEAD_SECONDS
    tell("begun", at=begun)
    for number, (key, body, headers) in enumerate(pages):
        while time.monotonic() < begun + number / job.pages_a_second:
            producer.poll(NAP_SECONDS)
        producer.produce(job.source, body, key, headers=headers)
    producer.flush(FLUSH_SECONDS)
    tell("sent")


if __name__ == "__main__":
    main()
