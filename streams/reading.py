"""Reads topics from their beginning to where they end now, for replay, dead letters and proofs."""

import time
from collections.abc import Iterator, Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streams.engine.errors import KafkaAway
from streams.engine.membership import PASSING
from streams.engine.options import CLIENT_LOG, KafkaConf

READ_AT_ONCE_MAX = 10_000
POLL_SECONDS = 0.2
CALL_SECONDS = 10.0
SILENCE_SECONDS_MAX = 30.0


def partitions_of(conf: KafkaConf, topic: str) -> list[int]:
    """Return a topic's partitions."""
    consumer = _consumer(conf, "read_committed")
    try:
        return sorted(consumer.list_topics(topic, timeout=CALL_SECONDS).topics[topic].partitions)
    except KafkaException as error:
        raise KafkaAway(str(conf["bootstrap.servers"]), CALL_SECONDS, error.args[0].str()) from error
    finally:
        consumer.close()


def committed_offsets(conf: KafkaConf, group: str, topic: str) -> dict[int, int]:
    """Return up to where a group has committed each partition of a topic."""
    consumer = Consumer({**_conf(conf, "read_committed"), "group.id": group})
    try:
        wanted = [TopicPartition(topic, partition) for partition in partitions_of(conf, topic)]
        found = consumer.committed(wanted, timeout=CALL_SECONDS)
        return {one.partition: max(one.offset, 0) for one in found}
    except KafkaException as error:
        raise KafkaAway(str(conf["bootstrap.servers"]), CALL_SECONDS, error.args[0].str()) from error
    finally:
        consumer.close()


def read(
    conf: KafkaConf,
    topic: str,
    *,
    ends: Mapping[int, int] | None = None,
    isolation_level: str = "read_committed",
) -> Iterator[Message]:
    """Yield the records of a topic, each partition in its order, up to an offset or to its present end."""
    partitions = partitions_of(conf, topic)
    consumer = _consumer(conf, isolation_level)
    try:
        if ends is None:
            ends = {
                p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=CALL_SECONDS)[1]
                for p in partitions
            }
        todo = {partition for partition in partitions if ends.get(partition, 0) > 0}
        consumer.assign([TopicPartition(topic, partition, 0) for partition in todo])
        yield from _until(consumer, todo, ends)
    finally:
        consumer.close()


def _until(consumer: Consumer, todo: set[int], ends: Mapping[int, int]) -> Iterator[Message]:
    heard = time.monotonic()
    while todo:
        messages = consumer.consume(READ_AT_ONCE_MAX, POLL_SECONDS) if todo else []
        for message in messages:
            heard = time.monotonic()
            partition, error = message.partition() or 0, message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                    todo.discard(partition)
                elif error.code() not in PASSING:
                    raise KafkaException(error)
            elif (message.offset() or 0) < ends[partition]:
                yield message
            else:
                todo.discard(partition)
        if time.monotonic() - heard > SILENCE_SECONDS_MAX:
            raise KafkaAway(f"partitions {sorted(todo)}", SILENCE_SECONDS_MAX, "the log stopped answering")


def _consumer(conf: KafkaConf, isolation_level: str) -> Consumer:
    return Consumer(_conf(conf, isolation_level))


def _conf(conf: KafkaConf, isolation_level: str) -> KafkaConf:
    return {
        **conf,
        "logger": CLIENT_LOG,
        "group.id": "headgate-reading",  # the client wants one; nothing is committed with it
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "isolation.level": isolation_level,
        "fetch.queue.backoff.ms": 2,
        "fetch.wait.max.ms": 20,
        "queued.max.messages.kbytes": 65_536,
    }
