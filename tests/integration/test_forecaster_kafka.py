import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from events import codec
from events.types import ForecastMade
from forecaster.days import DAY_MS
from forecaster.forecaster import Forecaster, Terms
from infra.errors import FixSetup
from infra.health import Health
from infra.world_time import WorldTime, wall_ms
from tests.forecaster_kit import midnight, past

PATIENCE_SECONDS = 90
SUBJECTS = ("acme/tiktok/1", "acme/tiktok/2")
CAMPAIGNS = 3
DAYS = 12


def create(bootstrap: str, topic: str) -> dict[str, str | int]:
    """Create a topic and return how to reach it."""
    conf: dict[str, str | int] = {"bootstrap.servers": bootstrap}
    admin = AdminClient(conf)
    for future in admin.create_topics([NewTopic(topic, 4, 1)]).values():
        future.result(PATIENCE_SECONDS)
    return conf


def tell(conf: dict[str, str | int], topic: str, events: list[codec.Event]) -> None:
    """Write events into the log, each by the key of its account."""
    producer = Producer({**conf, "partitioner": "murmur2_random"})
    for one in events:
        headers, body = codec.encode(one)
        producer.produce(topic, body, one.envelope.subject.encode(), headers=list(headers))
    assert producer.flush(PATIENCE_SECONDS) == 0


@contextmanager
def running(forecaster: Forecaster) -> Iterator[None]:
    """Run a forecaster beside the test; whatever ends it is raised."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            forecaster.run(lambda: None)
        except BaseException as error:  # noqa: BLE001 - raised below, in the test's own thread
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        forecaster.stop()
        thread.join(PATIENCE_SECONDS)
    assert errors == []


def forecasts(conf: dict[str, str | int], topic: str, count: int) -> list[codec.Event]:
    """Wait for so many forecasts in a topic."""
    consumer = Consumer({**conf, "group.id": topic, "auto.offset.reset": "earliest"})
    found: list[codec.Event] = []
    try:
        consumer.subscribe([topic])
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(found) < count and time.monotonic() < deadline:
            for message in consumer.consume(100, 0.2):
                assert message.error() is None
                event = codec.decode(message.headers(), message.value())  # type: ignore[arg-type] # its stub allows for a mapping
                if isinstance(event.data, ForecastMade):
                    assert (message.key() or b"") == event.envelope.subject.encode()
                    found.append(event)
    finally:
        consumer.close()
    return found


def test_a_week_of_facts_becomes_forecasts_of_today_and_tomorrow(kafka: str, topic_name: str) -> None:
    """Each account's days are forecast with ordered quantiles near what its hours have cost."""
    conf, now_ms = create(kafka, topic_name), wall_ms()
    tell(
        conf,
        topic_name,
        [one for subject in SUBJECTS for one in past(subject, now_ms, days=DAYS, campaigns=CAMPAIGNS)],
    )
    terms = Terms(topic_name, rounds=5)
    with running(Forecaster(conf, terms, WorldTime(), Health("forecaster"))):
        found = forecasts(conf, topic_name, 2 * len(SUBJECTS))
    by_subject = defaultdict(list)
    for event in found:
        by_subject[event.envelope.subject].append(event.data)
    assert set(by_subject) == set(SUBJECTS)
    today_ms = midnight(now_ms)
    for facts in by_subject.values():
        assert [one.day_start_ms for one in facts] in (
            [today_ms, today_ms + DAY_MS],
            [today_ms + DAY_MS, today_ms + 2 * DAY_MS],  # midnight came while the test ran
        )
        for fact in facts:
            assert fact.model.startswith("global-")
            assert len(fact.campaigns) == CAMPAIGNS
            for campaign in fact.campaigns:
                size = int(campaign.campaign.removeprefix("c")) + 1
                assert len(campaign.q500_micros) == 24
                assert sum(campaign.q500_micros) == pytest.approx(24 * 12_000_000 * size, rel=0.2)


def test_a_topic_that_is_missing_is_said_in_words(kafka: str, topic_name: str) -> None:
    """Whoever starts it too early reads what to do."""
    forecaster = Forecaster(
        {"bootstrap.servers": kafka, "allow.auto.create.topics": False},
        Terms(topic_name),
        WorldTime(),
        Health("forecaster"),
    )
    with pytest.raises(FixSetup, match="topics apply"):
        forecaster.run(lambda: None)
