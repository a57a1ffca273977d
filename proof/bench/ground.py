"""What all contenders share: one broker of this run's own, and topics that are made as the catalogue says."""

import itertools
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from msgspec.structs import replace

from events import topics as catalogue
from events.topics import changelog_name
from infra.kafka import LocalKafka
from proof.bench.job import Job
from streams.agents.account import ACCOUNT
from streams.engine.options import EngineOptions
from streams.kafka_admin import Admin

ENVIRONMENT: Final = "embedded"
CALL_SECONDS = 10.0


class Ground:
    """A broker with the topics of a benchmark; everything is gone afterwards."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="headgate-bench-"))
        self.kafka = LocalKafka(self.folder / "kafka", heap_mib=1024)
        self.catalogue = catalogue.load()
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.kafka.start()
        self.conf: dict[str, Any] = {"bootstrap.servers": self.kafka.bootstrap}
        self.admin, self._raw_admin = Admin(self.conf), AdminClient(self.conf)
        self.like("dead-letters", "dead-letters")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kafka.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def partitions(self) -> int:
        """How many partitions the agents' topics have."""
        return self.catalogue.topic(ACCOUNT.topic).partitions.of(ENVIRONMENT)

    def name(self, what: str) -> str:
        """Return a name that nothing else has."""
        return f"{what}-{next(self._numbers)}"

    def like(self, model: str, name: str) -> str:
        """Create a topic with the settings of one in the catalogue."""
        self.admin.create(replace(self.catalogue.topic(model), name=name), ENVIRONMENT)
        return name

    def source(self, what: str) -> str:
        """Create a topic for input."""
        return self.like(ACCOUNT.topic, self.name(f"facts-{what}"))

    def job(self, who: str, source: str, **settings: Any) -> Job:  # noqa: ANN401 - the job's own fields
        """Return a run of its own: a new group with its topics and its folder."""
        group = self.name(who)
        self.like("headgate-account-account-state-changelog", changelog_name(group, ACCOUNT.table))
        return Job(
            bootstrap=self.kafka.bootstrap,
            source=source,
            group=group,
            decisions=self.like("account-decisions", f"{group}-decisions"),
            folder=str(self.folder / group),
            partitions=self.partitions,
            compression=EngineOptions.compression,
            **settings,
        )

    def clear(self, job: Job) -> None:
        """Delete what a run has written, so that a long benchmark does not fill the disk."""
        there = self._raw_admin.list_topics(timeout=CALL_SECONDS).topics
        # Peers name their own changelogs after the group as well.
        doomed = [name for name in there if job.group in name]
        for future in self._raw_admin.delete_topics(doomed).values():
            future.result(CALL_SECONDS)
        shutil.rmtree(job.folder, ignore_errors=True)

    def commit_offsets(self, group: str, offsets: list[TopicPartition]) -> None:
        """Say for a group up to where it has read."""
        consumer = Consumer({**self.conf, "group.id": group})
        try:
            consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            raise RuntimeError(f"the offsets of {group} could not be committed") from error
        finally:
            consumer.close()
