"""Kafka's admin client with a timeout, bounded retries and errors in words around every call."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented there, but not re-exported in its types
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from events.topics import Catalogue, Environment, Topic
from infra.errors import FixSetup, HeadgateError, WaitAndRetry
from infra.retry import Backoff, retry

REQUEST_TIMEOUT_MS: Final = 5000  # unless `socket.timeout.ms` says otherwise
BACKOFF: Final = Backoff(attempts_max=3, delay_ms=200)
# A new topic's leaders are elected within milliseconds on a healthy cluster.
READY_TIMEOUT_SECONDS: Final = 30
READY_POLL_SECONDS: Final = 0.1

Result = TypeVar("Result")
Conf = Mapping[str, str | int | float | bool]


class KafkaAway(WaitAndRetry):
    """Kafka does not answer, or not in time."""


class KafkaRefuses(FixSetup):
    """Kafka answers that it will not do what was asked."""


@dataclass(frozen=True)
class Found:
    """A topic as it stands in Kafka."""

    partitions: int
    replication: int
    is_ready: bool
    settings: dict[str, str]


class Admin:
    """Kafka's admin client with a timeout, retries and errors in words around every call."""

    def __init__(self, conf: Conf) -> None:
        self.where = str(conf.get("bootstrap.servers", "(no bootstrap.servers)"))
        # The client must outlive its futures, so it is kept here; what it would log, our errors say in words.
        self._client = AdminClient({"socket.timeout.ms": REQUEST_TIMEOUT_MS, "log_level": 0, **conf})
        self._timeout_seconds = float(conf.get("socket.timeout.ms", REQUEST_TIMEOUT_MS)) / 1000

    def find(self, catalogue: Catalogue) -> dict[str, Found]:
        """Give those of the catalogue's topics that exist."""
        metadata = self._patiently(
            "list topics", lambda: self._client.list_topics(timeout=self._timeout_seconds)
        )
        names = [topic.name for topic in catalogue.topics if topic.name in metadata.topics]
        settings = self._settings(names)
        found = {}
        for name in names:
            partitions = metadata.topics[name].partitions
            copies = {len(partition.replicas) for partition in partitions.values()}
            is_ready = all(partition.leader >= 0 for partition in partitions.values())
            found[name] = Found(len(partitions), min(copies, default=0), is_ready, settings[name])
        return found

    def create(self, topic: Topic, environment: Environment) -> None:
        """Create a topic; that somebody else has just done so is as good."""
        new = NewTopic(
            topic.name,
            num_partitions=topic.partitions.of(environment),
            replication_factor=topic.replication.of(environment),
            config=topic.settings_in(environment),
        )

        def ask() -> None:
            futures = self._client.create_topics([new], request_timeout=self._timeout_seconds)
            try:
                futures[topic.name].result()
            except KafkaException as error:
                if _code(error) != KafkaError.TOPIC_ALREADY_EXISTS:
                    raise

        self._patiently(f"create topic {topic.name}", ask)

    def configure(self, name: str, settings: Mapping[str, str]) -> None:
        """Set some of a topic's settings and leave the others."""
        entries = [
            ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
            for key, value in settings.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
        self._patiently(
            f"configure topic {name}",
            lambda: self._results(
                self._client.incremental_alter_configs([resource], request_timeout=self._timeout_seconds)
            ),
        )

    def wait_until_ready(self, catalogue: Catalogue, environment: Environment) -> None:
        """Wait until each partition of each topic has a leader."""
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while True:
            found = self.find(catalogue)
            waiting = [
                topic.name
                for topic in catalogue.topics
                if (there := found.get(topic.name)) is None
                or not there.is_ready
                or there.partitions < topic.partitions.of(environment)
            ]
            if not waiting:
                return
            if time.monotonic() > deadline:
                what = (
                    f"Kafka at {self.where} has created {', '.join(waiting)}, but not every partition leads."
                )
                raise KafkaAway(what, "Check the health of its brokers, then run: headgate topics check")
            time.sleep(READY_POLL_SECONDS)

    def _settings(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        described = self._patiently(
            "read the topics' settings",
            lambda: self._results(
                self._client.describe_configs(resources, request_timeout=self._timeout_seconds)
            ),
        )
        return {
            resource.name: {key: str(entry.value) for key, entry in entries.items()}
            for resource, entries in described.items()
        }

    @staticmethod
    def _results(futures: Mapping[Any, Any]) -> dict[Any, Any]:
        return {resource: future.result() for resource, future in futures.items()}

    def _patiently(self, doing: str, call: Callable[[], Result]) -> Result:
        def attempt() -> Result:
            try:
                return call()
            except KafkaException as error:
                raise self._told(doing, error) from error

        return retry(attempt, on=KafkaAway, backoff=BACKOFF)

    def _told(self, doing: str, error: KafkaException) -> HeadgateError:
        if _may_pass(error):
            what = f"Kafka at {self.where} does not answer (trying to {doing}): {_words(error)}."
            return KafkaAway(what, "Start it, or correct kafka.bootstrap, and try again.")
        what = f"Kafka at {self.where} refuses to {doing}: {_words(error)}."
        return KafkaRefuses(what, "Check the rights of this client and the brokers' settings.")


def _error(error: KafkaException) -> KafkaError:
    inner = error.args[0]
    if not isinstance(inner, KafkaError):
        raise error
    return inner


def _code(error: KafkaException) -> int:
    return _error(error).code()


def _words(error: KafkaException) -> str:
    return _error(error).str().rstrip(".")


def _may_pass(error: KafkaException) -> bool:
    inner = _error(error)
    local = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT, KafkaError._RESOLVE)  # noqa: SLF001 -- librdkafka's own codes are named so
    return inner.retriable() or inner.code() in local
