"""Kafka as a simulation needs it: topics in order, atomic transactions, and a fence against zombies."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from events.codec import Event, decode, encode
from events.envelope import Envelope, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from events.types import Fact

Headers = list[tuple[str, Any]]


class FencedError(Exception):
    """Another process has this one's place, so that nothing of it counts any more."""


class Record(NamedTuple):
    """A record as the shell reads it."""

    in_topic: str
    at_offset: int
    its_key: bytes
    its_value: bytes
    its_headers: Headers

    def topic(self) -> str:
        """Return the topic."""
        return self.in_topic

    def partition(self) -> int:
        """Return the only partition."""
        return 0

    def offset(self) -> int:
        """Return its place."""
        return self.at_offset

    def key(self) -> bytes:
        """Return the key."""
        return self.its_key

    def value(self) -> bytes:
        """Return the body."""
        return self.its_value

    def headers(self) -> Headers:
        """Return the headers."""
        return self.its_headers

    def timestamp(self) -> tuple[int, int]:
        """Return a time that nobody reads."""
        return 0, 0

    def error(self) -> None:
        """Return nothing: this is no error."""

    @property
    def event(self) -> Event:
        """What it says."""
        return decode(self.its_headers, self.its_value)


@dataclass(frozen=True)
class Write:
    """A record on its way."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


@dataclass
class Log:
    """All topics, and how far each role is."""

    topics: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    epochs: Counter[str] = field(default_factory=Counter)
    positions: Counter[str] = field(default_factory=Counter)
    """Up to where a role has read its topic."""
    done: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """What a role has done ahead of its position."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, role: str) -> int:
        """Take a role's place; whoever had it is fenced off."""
        self.epochs[role] += 1
        return self.epochs[role]

    def check(self, role: str, epoch: int) -> None:
        """Refuse whoever has lost its place."""
        if epoch != self.epochs[role]:
            raise FencedError(f"{role} {epoch} is fenced off by {self.epochs[role]}")

    def commit(
        self, role: str, epoch: int, writes: Iterable[Write], done: Iterable[int] = (), position: int = 0
    ) -> None:
        """Take records and progress, all or nothing."""
        self.check(role, epoch)
        self.write(writes)
        self.done[role].update(done)
        self.positions[role] = max(self.positions[role], position)

    def write(self, writes: Iterable[Write]) -> None:
        """Append records."""
        for write in writes:
            kept = self.topics[write.topic]
            kept.append(Record(write.topic, len(kept), write.key, write.value, write.headers))
        self.news.set()

    def say(self, topic: str, subject: str, fact: Fact, id_: str, at_ms: int) -> None:
        """Append a fact of somebody else's."""
        headers, body = encode(
            Event(Envelope(id_, fact.TYPE, fact.VERSION, "/simulation", subject, moment(at_ms)), fact)
        )
        self.write([Write(topic, subject.encode(), body, headers)])

    def facts(self, *topics: str) -> Iterator[Any]:
        """Yield what topics say, each in its order."""
        for topic in topics:
            for record in self.topics[topic]:
                yield record.event.data

    def events(self, topics: Sequence[str]) -> Mapping[str, list[Event]]:
        """Return the events of topics."""
        return {topic: [record.event for record in self.topics[topic]] for topic in topics}
