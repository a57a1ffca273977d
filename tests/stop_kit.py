"""An account agent and an executor in one thread, with the real decider, for tests of emergency stops."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from domain.account.decider import decide
from domain.decision import About
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    CommandApplied,
    CommandFailed,
    PauseCampaign,
    ResumeCampaign,
)
from headgate.stopping.follow import Places
from infra.world_time import wall_ms
from streams.engine.values import prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.types import CampaignStatus, Fact

PATIENCE_SECONDS = 60
PARTITIONS = 2


class Agent:
    """Decides the facts of some topics for as long as it runs, and brings pauses and resumes about."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self.places = Places(f"{name}-facts", f"{name}-changelog")
        self.conf: dict[str, Any] = {"bootstrap.servers": bootstrap}
        self.refused: set[str] = set()
        """Campaigns whose pauses the platform does not allow."""
        self.commands: list[PauseCampaign | ResumeCampaign] = []
        self._state: dict[bytes, Any] = {}
        self._ending = threading.Event()
        admin = AdminClient(self.conf)
        named = [NewTopic(one, PARTITIONS, 1) for one in (self.places.facts, self.places.changelog)]
        for future in admin.create_topics(named).values():
            future.result(PATIENCE_SECONDS)
        self._producer = Producer({**self.conf, "partitioner": "murmur2_random", "linger.ms": 0})

    def list_campaigns(self, subject: str, **statuses: CampaignStatus) -> None:
        """Decide a list of an account's campaigns, as the poller would publish it."""
        page = CampaignsObserved(
            currency="USD",
            time_zone="UTC",
            as_of_ms=wall_ms(),
            campaigns=tuple(
                CampaignObservation(name, name, status, 50_000_000) for name, status in statuses.items()
            ),
        )
        self._decide(_event(f"page.{subject}", subject, page), 0)
        assert self._producer.flush(PATIENCE_SECONDS) == 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Decide what comes for the length of a block."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._ending.set()
            thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        settings = {"group.id": self.places.facts, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 20}
        consumer = Consumer({**self.conf, **settings})
        consumer.subscribe([self.places.facts])
        try:
            while not self._ending.is_set():
                for message in consumer.consume(100, 0.05):
                    headers: Any = message.headers()
                    self._decide(decode(headers, message.value()), (message.offset() or 0) + 1)
        finally:
            consumer.close()

    def _decide(self, event: Event, version: int) -> None:
        decision = decide(self._state.get, event)
        for key, row in decision.changes.items():
            self._state[key] = row
            value = None if row is None else prefix(version) + msgspec.msgpack.encode(row)
            self._producer.produce(self.places.changelog, value, key, self._partition(event))
        for told in decision.facts:
            fact = told.fact if isinstance(told, About) else told
            if isinstance(fact, PauseCampaign | ResumeCampaign):
                self.commands.append(fact)
                self._bring_about(event.envelope.subject, fact)
        self._producer.flush(PATIENCE_SECONDS)

    def _bring_about(self, subject: str, wish: PauseCampaign | ResumeCampaign) -> None:
        id_, action = f"{subject}.{wish.campaign}.{wish.order}", "pause"
        if isinstance(wish, ResumeCampaign):
            action = "resume"
        about: Any = (id_, wish.campaign, action, wish.order, 1, wall_ms())
        outcome: Fact = CommandApplied(*about)
        if wish.campaign in self.refused:
            outcome = CommandFailed(*about, "forbidden", "this user may not do that")
        headers, body = encode(_event(f"{id_}.outcome", subject, outcome))
        self._producer.produce(self.places.facts, body, subject.encode(), headers=headers)

    def _partition(self, event: Event) -> int:
        return sum(event.envelope.subject.encode()) % PARTITIONS


def _event(id_: str, subject: str, fact: Fact) -> Event:
    return Event(Envelope(id_, fact.TYPE, fact.VERSION, "/headgate/test", subject), fact)
