"""What the driver asks of the cluster's administration: the identity of changelog topics."""

from collections.abc import Sequence

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from streams.engine.errors import KafkaAway
from streams.engine.options import CLIENT_LOG, EngineOptions, KafkaConf


def topic_ids(options: EngineOptions, topics: Sequence[str]) -> dict[str, str]:
    """Return each topic's id: a topic that was deleted and created again has another one."""
    if not topics:
        return {}
    conf: KafkaConf = {**options.kafka, "logger": CLIENT_LOG}
    admin = AdminClient(conf)  # must outlive its futures
    seconds = options.call_timeout_seconds
    futures = admin.describe_topics(TopicCollection(list(topics)), request_timeout=seconds)
    try:
        return {name: str(future.result(seconds).topic_id) for name, future in futures.items()}
    except KafkaException as error:
        raise KafkaAway(", ".join(topics), seconds, error.args[0].str()) from error
