"""Stands in for the consumer: the group's protocol inside its fetching calls, and trouble in between."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from confluent_kafka import OFFSET_BEGINNING, OFFSET_INVALID, KafkaError, TopicPartition

from proof.simulation.group import NOBODY, Metadata
from proof.simulation.log import Entry, Where
from proof.simulation.news import Event

if TYPE_CHECKING:
    from proof.simulation.process import Process


def encoded(metadata: Metadata) -> bytes:
    """Return metadata in the form that the engine hands on."""
    return json.dumps(metadata).encode()


class SimulatedConsumer:
    """A consumer of the one group, or of changelogs that it assigns itself."""

    def __init__(self, process: "Process", conf: dict[str, Any]) -> None:
        self.process, self.broker = process, process.world.broker
        self.is_committed_only = conf["isolation.level"] == "read_committed"
        self.instance: str | None = conf.get("group.instance.id")
        self._topics: list[str] = []
        self._member, self._generation = "", -1
        self._owning = self._is_gone = self._is_fenced = False
        self._next: dict[Where, int] = {}
        self._ends_told: set[Where] = set()

    # ---- the group
    def subscribe(self, topics: list[str], *, on_assign: Any, on_revoke: Any, on_lost: Any) -> None:  # noqa: ANN401 - the client's signature
        """Join with the next poll."""
        self._topics = topics
        self._on_assign, self._on_revoke, self._on_lost = on_assign, on_revoke, on_lost
        self.process.consumer = self

    def heartbeat(self) -> None:
        """Do what the client's own thread does: stay a member, or learn that it is none."""
        if self._member and not self.broker.group.heartbeat(self.process.world.now_ms, self._member):
            self._is_gone, self._member, self._generation = True, "", -1

    def consumer_group_metadata(self) -> bytes:
        """Return what the client knows of itself."""
        if not self._member or self._generation < 0:
            return encoded(NOBODY)
        return encoded((self._generation, self._member, self.instance))

    def _serve_group(self) -> None:
        """Take part in rebalances, as the client does inside any call that fetches."""
        group, now_ms = self.broker.group, self.process.world.now_ms
        self.heartbeat()
        if self._is_gone:
            self._is_gone = False
            if self.instance and any(one.instance == self.instance for one in group.members.values()):
                self._is_fenced = True
                return
            self._give_up(self._on_lost)
        me = group.members.get(self._member)
        if me is None:
            self._member = group.join(now_ms, "", self.instance, self._topics)
        elif not group.is_stable and not me.has_joined:
            self._give_up(self._on_revoke)
            group.join(now_ms, self._member, self.instance, self._topics)
        me = group.members.get(self._member)
        if me is not None and group.is_stable and not self._owning:
            self._generation, self._owning = me.generation, True
            self._on_assign(self, [TopicPartition(*where) for where in me.owned])

    def _give_up(self, tell: Callable[[Any, list[TopicPartition]], None]) -> None:
        if self._owning:
            self._owning, revoked, self._next = False, self._next, {}
            tell(self, [TopicPartition(*where) for where in revoked])

    def committed(self, partitions: Sequence[TopicPartition], timeout: float) -> list[TopicPartition]:  # noqa: ARG002 - the client's signature
        """Return committed offsets, once no open transaction can still move them."""
        wanted = {(one.topic, one.partition) for one in partitions}
        self.process.step("committed")
        while wanted & self.broker.unstable():
            self.process.step("committed waits")
        known = self.broker.group.committed
        found = [TopicPartition(*where, known.get(where, OFFSET_INVALID)) for where in sorted(wanted)]
        self.process.step("committed is known")
        return found

    def close(self) -> None:
        """Leave the group; a static member keeps its place."""
        self.process.step("close")
        if self._topics and self.instance is None:
            self.broker.group.leave(self._member)

    # ---- reading
    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        """Read these partitions, each from its offset."""
        self._next = {
            (one.topic, one.partition): 0 if one.offset == OFFSET_BEGINNING else one.offset
            for one in partitions
        }
        self._ends_told.clear()

    def assignment(self) -> list[TopicPartition]:
        """Return what is read."""
        return [TopicPartition(*where) for where in self._next]

    def position(self, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        """Return what comes next."""
        return [
            TopicPartition(one.topic, one.partition, self._next[one.topic, one.partition])
            for one in partitions
        ]

    def get_watermark_offsets(
        self,
        partition: TopicPartition,
        timeout: float = 0,  # noqa: ARG002 - the client's signature
        cached: bool = False,  # noqa: ARG002, FBT001, FBT002 - the client's signature
    ) -> tuple[int, int]:
        """Return where a partition begins and ends."""
        self.process.step("watermarks")
        log = self.broker.logs[partition.topic, partition.partition]
        return 0, log.stable if self.is_committed_only else log.high

    def poll(self, timeout: float) -> Any:  # noqa: ANN401, ARG002 - the client's signature
        """Return a record, or nothing, or news."""
        self.process.step("poll")
        self._serve_group()
        if self._is_fenced:
            return Event(KafkaError._FATAL)  # noqa: SLF001 - the client's public name for it
        if self.process.chance(0.02):
            self.process.world.count("passing error")
            return Event(KafkaError._TRANSPORT)  # noqa: SLF001 - the client's public name for it
        found = self._take(1)
        return found[0] if found else None

    def consume(self, limit: int, timeout: float) -> list[Any]:  # noqa: ARG002 - the client's signature
        """Return up to so many records."""
        self.process.step("consume")
        if self._topics:
            self._serve_group()
            return [] if self._is_fenced else list(self._take(limit))
        return [*self._take(limit), *self._ends()]

    def _take(self, limit: int) -> list[Entry]:
        taken: list[Entry] = []
        for where in self.process.shuffled(self._next):
            log = self.broker.logs[where]
            position, end = self._next[where], log.stable if self.is_committed_only else log.high
            while position < end and len(taken) < limit:
                entry = log.entries[position]
                position += 1
                if entry.is_committed or not (self.is_committed_only or entry.is_mark):
                    taken.append(entry)
            self._next[where] = position
        return taken

    def _ends(self) -> list[Event]:
        """Tell once of each partition that has been read to its end."""
        at_end = [
            where for where, position in self._next.items() if position >= self.broker.logs[where].stable
        ]
        news = [where for where in at_end if where not in self._ends_told]
        self._ends_told.update(news)
        return [Event(KafkaError._PARTITION_EOF, where) for where in news]  # noqa: SLF001 - the client's public name for it
