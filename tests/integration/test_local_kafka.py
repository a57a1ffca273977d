"""The local Kafka: one broker, three brokers, deaths, restarts, and what it says about them."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from infra.folder import FolderBusy, is_held
from infra.kafka import BrokerFailed, LocalKafka, PortTaken
from infra.kafka.ports import is_free


def create(bootstrap: str, topic: str, replication: int = 1) -> None:
    """Create a topic of one partition."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for made in admin.create_topics([NewTopic(topic, 1, replication)]).values():
        made.result(30)


def produce(bootstrap: str, topic: str, values: list[bytes]) -> list[KafkaError]:
    """Produce each value, durably; return what failed."""
    errors: list[KafkaError] = []
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            # A topic that is missing is known to be at once, not after the default of 30 s.
            "topic.metadata.propagation.max.ms": 1_000,
            "log_level": 0,
        }
    )

    def note(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            errors.append(error)

    for value in values:
        producer.produce(topic, value, on_delivery=note)
    assert producer.flush(60) == 0
    return errors


def consume(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    """Read that many values from the beginning."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"readers-of-{topic}",
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([topic])
    values: list[bytes | None] = []
    while len(values) < count:
        messages = consumer.consume(count - len(values), timeout=30)
        assert messages, f"only {len(values)} of {count} values came"
        values += [message.value() for message in messages]
    consumer.close()
    return values


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder for a broker of the test's own."""
    return tmp_path / "kafka"


@pytest.fixture
def broker(folder: Path) -> Iterator[LocalKafka]:
    """Give a broker that the test may hurt."""
    with LocalKafka(folder, heap_mib=256, short_lived=True) as own:
        yield own


def test_the_shared_broker_takes_a_transaction_and_shows_it_to_readers(kafka: str, topic_name: str) -> None:
    """What is committed can be read; what is aborted cannot."""
    create(kafka, topic_name)
    producer = Producer({"bootstrap.servers": kafka, "transactional.id": topic_name})
    producer.init_transactions(30)
    for value, end in ((b"no", producer.abort_transaction), (b"yes", producer.commit_transaction)):
        producer.begin_transaction()
        producer.produce(topic_name, value)
        assert producer.flush(30) == 0
        end(30)
    assert consume(kafka, topic_name, 1) == [b"yes"]


def test_a_topic_that_nobody_declared_is_not_created(kafka: str, topic_name: str) -> None:
    """Producing to a misspelt topic fails instead of making one of another shape."""
    errors = produce(kafka, topic_name, [b"lost?"])
    assert [error.code() for error in errors] == [KafkaError.UNKNOWN_TOPIC_OR_PART]


def test_data_and_address_survive_a_kill_and_a_restart(broker: LocalKafka) -> None:
    """A broker that was killed comes back on the same address with what it had acknowledged."""
    address = broker.bootstrap
    create(address, "kept")
    assert produce(address, "kept", [b"1", b"2"]) == []
    broker.kill(0)
    assert not broker.alive()
    assert "killed" in (broker.exit_reason() or "")
    broker.restart(0)
    assert broker.alive()
    assert broker.bootstrap == address
    assert broker.exit_reason() is None
    assert consume(address, "kept", 2) == [b"1", b"2"]


def test_data_survives_a_stop_and_another_start(folder: Path) -> None:
    """The folder is all there is to a local Kafka."""
    with LocalKafka(folder, short_lived=True) as first:
        address = first.bootstrap
        create(address, "kept")
        assert produce(address, "kept", [b"1"]) == []
    assert not first.alive()
    with LocalKafka(folder, short_lived=True) as second:
        assert second.bootstrap == address
        assert consume(address, "kept", 1) == [b"1"]


def test_two_in_one_folder_are_refused_by_name_of_the_holder(broker: LocalKafka) -> None:
    """The second start says who works there, and does not hurt the first."""
    with pytest.raises(FolderBusy, match=str(os.getpid())):
        LocalKafka(broker.folder).start()
    assert broker.alive()


def test_a_port_of_the_settings_that_is_taken_is_named(folder: Path) -> None:
    """A port that a person chose is never replaced silently."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            LocalKafka(folder, port=port).start()


def test_a_kept_port_that_was_taken_meanwhile_is_replaced(folder: Path) -> None:
    """A port that nobody asked for may change; the data does not."""
    with LocalKafka(folder, short_lived=True) as first:
        port = int(first.bootstrap.rpartition(":")[2])
        create(first.bootstrap, "kept")
        assert produce(first.bootstrap, "kept", [b"1"]) == []
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with LocalKafka(folder, short_lived=True) as second:
            assert second.bootstrap != f"127.0.0.1:{port}"
            assert consume(second.bootstrap, "kept", 1) == [b"1"]


def test_a_disk_that_is_full_is_told_of_in_words(broker: LocalKafka) -> None:
    """A broker that can write no more ends, and says why and what helps."""
    create(broker.bootstrap, "large")
    pid = broker.pid()
    assert pid is not None
    # The kernel then refuses the broker's writes, as a full disk does.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (12 * 1024 * 1024, 12 * 1024 * 1024))
    produce_until_it_ends(broker, "large")
    reason = broker.exit_reason()
    assert reason is not None
    assert "disk is full" in reason
    assert "Free some space" in reason


def produce_until_it_ends(broker: LocalKafka, topic: str) -> None:
    """Keep writing until the broker has gone."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "message.timeout.ms": 1_000, "log_level": 0})
    for _ in range(2_000):
        if not broker.alive():
            break
        producer.produce(topic, os.urandom(500_000))
        producer.flush(1)
    producer.purge()
    assert not broker.alive()


def test_a_folder_that_cannot_be_written_is_told_of_in_words(folder: Path) -> None:
    """What is in the way of a start is a message, not a traceback."""
    (folder / "ports.json").mkdir(parents=True)
    with pytest.raises(BrokerFailed, match="cannot use its folder"):
        LocalKafka(folder, short_lived=True).start()
    assert not is_held(folder)


def test_a_heap_that_is_too_small_is_told_of_in_words(folder: Path) -> None:
    """A broker that runs out of memory ends at once, and the error names the setting."""
    with pytest.raises(BrokerFailed, match=r"kafka\.heap_mib") as failure:
        LocalKafka(folder, heap_mib=24).start()
    assert "heap" in failure.value.what


def test_brokers_die_with_the_process_that_started_them(folder: Path) -> None:
    """A killed parent leaves no broker behind, and the next start in the folder works."""
    parent = start_by_hand(folder)
    address = first_line(parent)
    parent.kill()
    parent.wait()
    with LocalKafka(folder, short_lived=True) as heir:
        assert heir.alive()
        assert heir.bootstrap == address or is_free(int(address.rpartition(":")[2]))


def test_run_by_hand_it_prints_its_address_and_ends_on_a_signal(folder: Path) -> None:
    """`python -m infra.kafka` serves until it is told to end, and leaves with 0."""
    process = start_by_hand(folder)
    address = first_line(process)
    create(address, "by-hand")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    with pytest.raises(KafkaException):
        AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=1)


def start_by_hand(folder: Path) -> subprocess.Popen[str]:
    """Start `python -m infra.kafka`."""
    return subprocess.Popen(
        [sys.executable, "-m", "infra.kafka", "--folder", str(folder)], stdout=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    """Return what it prints first, once it is ready; its pipe is closed then."""
    assert process.stdout is not None
    with process.stdout as output:
        return output.readline().strip()


def test_brokers_outlive_the_thread_that_started_them(folder: Path) -> None:
    """The death signal of a child follows a thread; it must not be that of the caller."""
    kafka = LocalKafka(folder, short_lived=True)
    starter = threading.Thread(target=kafka.start)
    starter.start()
    starter.join()
    try:
        create(kafka.bootstrap, "still-there")
        assert kafka.alive()
    finally:
        kafka.stop()


def test_three_brokers_lose_nothing_when_one_is_killed_and_comes_back(three_brokers: LocalKafka) -> None:
    """What was acknowledged by all is there with one broker less, and the third joins again."""
    create(three_brokers.bootstrap, "thrice", replication=3)
    assert produce(three_brokers.bootstrap, "thrice", [b"before"]) == []
    three_brokers.kill(0)
    assert not three_brokers.alive()
    assert three_brokers.alive(1)
    assert produce(three_brokers.bootstrap, "thrice", [b"without one"]) == []
    assert consume(three_brokers.bootstrap, "thrice", 2) == [b"before", b"without one"]
    three_brokers.restart(0)
    assert three_brokers.alive()
