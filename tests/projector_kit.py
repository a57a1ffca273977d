"""A log for the projector's tests, and what the domain makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from confluent_kafka import Producer

from events.codec import Event, encode
from events.envelope import Envelope
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    ClockTicked,
    Fact,
    SpendObservation,
    SpendObserved,
    SpendRecorded,
)
from proof.projected import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.engine.transaction import Send

FACTS = "account-facts"
ACCOUNT = "acme/tiktok/7001"
OTHER = "beta/tiktok/7002"
DAY, NEXT_DAY = "2026-11-21", "2026-11-22"
MIDNIGHT_MS = 1_795_219_200_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass
class LogWriter:
    """Writes facts into a Kafka, and lets the domain decide them as a worker would."""

    bootstrap: str
    numbers: int = 0

    @property
    def conf(self) -> dict[str, Any]:
        """Return how to reach it."""
        return {"bootstrap.servers": self.bootstrap}

    def write(self, *facts: Fact, subject: str = ACCOUNT) -> None:
        """Write facts into the partition of a subject."""
        producer = Producer({**self.conf, "partitioner": "murmur2_random"})
        for fact in facts:
            self.numbers += 1
            envelope = Envelope(f"test.{self.numbers}", fact.TYPE, fact.VERSION, "test", subject)
            headers, body = encode(Event(envelope, fact))
            pairs: Any = headers
            producer.produce(FACTS, body, subject.encode(), headers=pairs)
        producer.flush(30)

    def write_raw(self, value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
        """Write a record that is no fact."""
        producer = Producer(self.conf)
        pairs: Any = headers
        producer.produce(FACTS, value, b"whoever", headers=pairs)
        producer.flush(30)

    def decide(self) -> None:
        """Write what the account agent makes of the whole log so far, once."""
        producer = Producer({**self.conf, "partitioner": "murmur2_random"})

        def send(out: Send) -> None:
            pairs: Any = out.headers
            producer.produce(out.topic, out.value, out.key, headers=pairs)

        fold(self.conf, send)
        producer.flush(30)


def page(
    *seen: tuple[str, int, int], day: str = DAY, as_of_ms: int = MIDNIGHT_MS, currency: str = "USD"
) -> SpendObserved:
    """Return a page of totals of campaign, hour and micros."""
    start_ms = MIDNIGHT_MS + (DAY_MS if day == NEXT_DAY else 0)
    return SpendObserved(
        currency=currency,
        day=day,
        day_start_ms=start_ms,
        day_end_ms=start_ms + DAY_MS,
        as_of_ms=as_of_ms,
        observations=tuple(SpendObservation(campaign, hour, micros) for campaign, hour, micros in seen),
    )


def campaigns(
    as_of_ms: int = MIDNIGHT_MS, budget_micros: int | None = 24_000_000, count: int = 3
) -> CampaignsObserved:
    """Return a page of campaigns c-0, c-1 ..."""
    seen = tuple(CampaignObservation(f"c-{n}", f"No. {n}", "enabled", budget_micros) for n in range(count))
    return CampaignsObserved(currency="USD", time_zone="UTC", as_of_ms=as_of_ms, campaigns=seen)


def story() -> Iterator[Fact]:
    """Return a day of an account with all that may go wrong with its pages."""
    yield ClockTicked(now_ms=MIDNIGHT_MS + 2 * HOUR_MS)
    yield campaigns()
    noon_ms = MIDNIGHT_MS + 2 * HOUR_MS
    yield page(("c-0", 0, 1_000_000), ("c-1", 0, 5), ("c-0", 1, 7), as_of_ms=noon_ms)
    yield page(("c-0", 0, 900_000), ("c-0", 1, 8), as_of_ms=noon_ms - 1)  # older: changes nothing
    yield page(("c-0", 1, 9), ("c-1", 0, 4), as_of_ms=noon_ms)  # as old: the larger one stands
    yield page(("c-0", 0, 1), as_of_ms=noon_ms, currency="EUR")  # refused: another currency
    yield page(("c-0", 0, 2), as_of_ms=noon_ms + 20 * HOUR_MS)  # refused: from the future
    yield page(("c-0", 0, 800_000), as_of_ms=noon_ms + 1)  # restated
    yield page(("c-1", 2, 50_000_000), as_of_ms=noon_ms + 2)  # far above its budget: paused
    for transaction in ("t-1", "t-2", "t-1"):
        yield SpendRecorded(
            transaction_id=transaction, campaign="c-2", day=DAY, amount_micros=30, currency="USD"
        )
    yield SpendRecorded(transaction_id="t-3", campaign="c-2", day=DAY, amount_micros=7, currency="EUR")
    yield campaigns(as_of_ms=noon_ms, budget_micros=None, count=1)
    yield ClockTicked(now_ms=MIDNIGHT_MS + DAY_MS + HOUR_MS)
    yield page(("c-0", 0, 3), day=NEXT_DAY, as_of_ms=MIDNIGHT_MS + DAY_MS + HOUR_MS)
    yield page(("c-0", 23, 77), as_of_ms=MIDNIGHT_MS + DAY_MS + HOUR_MS)  # the day before, later
