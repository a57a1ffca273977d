"""Sends pages when they are due, whatever becomes of them; each leads to an output."""

import time
from typing import Any

from confluent_kafka import Producer
from msgspec.structs import replace

from events.codec import Event, encode
from events.types import CampaignsObserved, SpendObserved
from events.types.campaigns import CampaignObservation
from events.types.spend import SpendObservation
from proof.bench.day import Day
from proof.bench.fill import FLUSH_SECONDS, producer_conf
from proof.bench.job import Job, Probe, from_command_line, tell

NAME = "page-{}"
LINGER_MS = 5
NAP_SECONDS = 0.002
LEAD_SECONDS = 0.5
BUDGET_MICROS = 20_000_000

Record = tuple[bytes, bytes, list[tuple[str, bytes]]]


def records(job: Job) -> list[Record]:
    """Return everything to send, ready made, so that sending costs little."""
    day = day_of(job)
    found = []
    for number in range(job.pages):
        turn, account = divmod(number, day.accounts)
        found.append(record(with_output(day.spend(turn % day.polls, account), job.probe, number, turn)))
    return found


def day_of(job: Job) -> Day:
    """Return a day in which no page is older than its account's page before."""
    return Day(polls=max(24, turns(job) + 1))


def turns(job: Job) -> int:
    """Return how often each account's page comes."""
    return -(-job.pages // Day.accounts)


def with_output(event: Event, probe: Probe, number: int, turn: int) -> Event:
    """Return a page that surely leads to something: an hour that shrinks, or a campaign that runs away."""
    data = event.data
    if not isinstance(data, SpendObserved):
        raise TypeError(f"{event.envelope.type} is no page")
    if probe == "runaway":
        probes: tuple[SpendObservation, ...] = (SpendObservation(runaway(turn), 0, 2 * BUDGET_MICROS),)
    else:
        probes = tuple(
            SpendObservation(f"probe-{parity}", 0, 10_000 + int(turn % 2 == parity)) for parity in (0, 1)
        )
    envelope = replace(event.envelope, id=NAME.format(number))
    return Event(envelope, replace(data, observations=(*data.observations, *probes)))


def with_runaways(event: Event, campaigns: int) -> Event:
    """Return an account's list of campaigns with those that will run away."""
    data = event.data
    if not isinstance(data, CampaignsObserved):
        raise TypeError(f"{event.envelope.type} is no list of campaigns")
    more = tuple(
        CampaignObservation(runaway(turn), "Runaway", "enabled", BUDGET_MICROS) for turn in range(campaigns)
    )
    return Event(event.envelope, replace(data, campaigns=(*data.campaigns, *more)))


def runaway(turn: int) -> str:
    """Name the campaign that runs away in a turn: another one each time, since it is paused then."""
    return f"runaway-{turn}"


def record(event: Event) -> Record:
    """Return an event as it is sent."""
    headers, body = encode(event)
    return event.envelope.subject.encode(), body, headers


def main() -> None:
    """Send the budgets, and then each page at its time."""
    job = from_command_line()
    day, pages = day_of(job), records(job)
    conf = {"bootstrap.servers": job.bootstrap}
    producer: Any = Producer({**producer_conf(conf, job.compression), "linger.ms": LINGER_MS})
    for account in range(day.accounts):
        budgets = with_runaways(day.budgets(account), turns(job) if job.probe == "runaway" else 0)
        key, body, headers = record(budgets)
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
