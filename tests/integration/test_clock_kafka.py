import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from events import codec
from events.types import ClockTicked
from headgate.roles import clock as module
from headgate.roles.clock import Clock
from infra.errors import FixSetup, WaitAndRetry
from infra.health import Health
from infra.kafka import LocalKafka

MINUTE_MS = 60_000
NOON_MS = 1_763_726_400_000
PARTITIONS = 3
TIMEOUT_SECONDS = 120


class Hands:
    """A time set by hand."""

    def __init__(self) -> None:
        self.ms = NOON_MS + 1_234

    def now_ms(self) -> int:
        """Tell the time."""
        return self.ms

    def our_seconds(self, duration_ms: int) -> float:
        """Run as fast as our own time, where it runs."""
        return duration_ms / 1000


def create(bootstrap: str, topic: str) -> dict[str, str | int]:
    """Create a topic and return how to reach it."""
    conf: dict[str, str | int] = {"bootstrap.servers": bootstrap}
    admin = AdminClient(conf)
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1)]).values():
        future.result(TIMEOUT_SECONDS)
    return conf


def read(bootstrap: str, topic: str, count: int) -> list[tuple[int, codec.Event]]:
    """Read that many ticks, and see that there are no more."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        messages = consumer.consume(count, TIMEOUT_SECONDS)
        assert len(messages) == count
        high = sum(
            consumer.get_watermark_offsets(TopicPartition(topic, partition), TIMEOUT_SECONDS)[1]
            for partition in range(PARTITIONS)
        )
        assert high == count
        return [
            (message.partition() or 0, codec.decode(message.headers(), message.value()))
            for message in messages
        ]
    finally:
        consumer.close()


def run_until(clock: Clock, act: Callable[[], None]) -> None:
    """Run a clock in a thread; stop it when `act`, called once it is ready, is through."""
    ready = threading.Event()
    thread = threading.Thread(target=clock.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(TIMEOUT_SECONDS)
        act()
    finally:
        clock.stop()
        thread.join(TIMEOUT_SECONDS)
    assert not thread.is_alive()


def test_every_partition_gets_the_time_with_the_same_ids_from_two_clocks(kafka: str, topic_name: str) -> None:
    """Each tick is aligned to the minute; a second clock repeats ids and adds no other time."""
    conf = create(kafka, topic_name)
    for _ in range(2):
        health = Health("clock")
        clock = Clock(conf, tick_ms=MINUTE_MS, health=health, topic_names=[topic_name], time=Hands())
        run_until(clock, lambda: None)
        assert health.liveness().ok
    ticks = read(kafka, topic_name, 2 * PARTITIONS)
    assert {event.data for _, event in ticks} == {ClockTicked(now_ms=NOON_MS)}
    ids = sorted((partition, event.envelope.id) for partition, event in ticks)
    assert ids == [(n, f"clock.{n}.{NOON_MS}") for n in range(PARTITIONS) for _ in range(2)]


def test_the_next_tick_comes_with_the_next_minute_and_none_in_between(
    kafka: str, topic_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Minutes that passed while the clock rested are not made up: the time is what it is now."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    hands, health = Hands(), Health("clock")
    clock = Clock(
        create(kafka, topic_name), tick_ms=MINUTE_MS, health=health, topic_names=[topic_name], time=hands
    )
    run_until(clock, lambda: setattr(hands, "ms", NOON_MS + 5 * MINUTE_MS + 7) or read(kafka, topic_name, 6))
    times = {
        event.data.now_ms for _, event in read(kafka, topic_name, 6) if isinstance(event.data, ClockTicked)
    }
    assert times == {NOON_MS, NOON_MS + 5 * MINUTE_MS}


def test_a_missing_topic_says_how_to_create_it(
    kafka: str, topic_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock creates nothing by itself."""
    monkeypatch.setattr(module, "METADATA_ATTEMPTS_MAX", 1)
    clock = Clock(
        {"bootstrap.servers": kafka}, tick_ms=MINUTE_MS, health=Health("clock"), topic_names=[topic_name]
    )
    with pytest.raises(FixSetup, match=rf"{topic_name} does not exist(.|\n)*topics apply"):
        clock.run(lambda: None)


def test_kafka_that_is_away_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """A supervisor sees from the error that waiting helps."""
    monkeypatch.setattr(module, "METADATA_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(module, "METADATA_ATTEMPTS_MAX", 2)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    clock = Clock(
        {"bootstrap.servers": address},
        tick_ms=MINUTE_MS,
        health=Health("clock"),
        topic_names=["account-facts"],
    )
    with pytest.raises(WaitAndRetry, match="does not answer"):
        clock.run(lambda: None)


def test_a_broker_that_dies_is_seen_in_health_and_gets_the_newest_time_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deliveries that fail are retried, and nobody has to guess."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    hands, health = Hands(), Health("clock")
    told = threading.Event()
    cleared = threading.Event()

    class Listening(Health):
        def condition(self, name: str, problem: str | None) -> None:
            super().condition(name, problem)
            if problem is not None and "lately" in problem and kafka_is_down.is_set():
                told.set()
            if problem is None and told.is_set():
                cleared.set()

    kafka_is_down = threading.Event()
    health = Listening("clock")
    with LocalKafka(tmp_path / "kafka", heap_mib=256) as kafka:
        clock = Clock(
            create(kafka.bootstrap, "facts"),
            tick_ms=MINUTE_MS,
            health=health,
            topic_names=["facts"],
            time=hands,
        )

        def break_and_mend() -> None:
            kafka.kill(0)
            kafka_is_down.set()
            hands.ms += 10 * MINUTE_MS
            assert told.wait(TIMEOUT_SECONDS)
            assert not health.readiness().ok
            kafka.restart(0)
            assert cleared.wait(TIMEOUT_SECONDS)

        run_until(clock, break_and_mend)
        ticks = read(kafka.bootstrap, "facts", 2 * PARTITIONS)
    assert {event.data for _, event in ticks} == {
        ClockTicked(now_ms=NOON_MS),
        ClockTicked(now_ms=NOON_MS + 10 * MINUTE_MS),
    }
