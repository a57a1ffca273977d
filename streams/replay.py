"""Replays a log through the deciders and compares every row and record with what was recorded."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Message
from faust.types import TP

from streams import reading
from streams.agent import Agent
from streams.engine.batch import Batch
from streams.engine.options import KafkaConf
from streams.engine.parts import MemoryPart
from streams.engine.restore import Restored
from streams.engine.transaction import Send
from streams.shell import DEAD_LETTERS, Shell

BATCH_RECORDS = 500
DIFFERENCES_SHOWN_MAX = 20
Progress = Callable[[int, int], None]


@dataclass
class Compared:
    """How what was decided again stands to what was recorded."""

    expected: int = 0
    missing: int = 0
    different: int = 0
    unexpected: int = 0
    repeated: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether all is as recorded; a repetition has the same id and bytes, so readers drop it."""
        return not (self.missing or self.different or self.unexpected)

    def note(self, kind: str, what: str) -> None:
        """Count a difference and keep the first ones as examples."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.examples) < DIFFERENCES_SHOWN_MAX:
            self.examples.append(f"{kind}: {what}")


@dataclass
class Replayed:
    """The result of a replay."""

    records: int = 0
    observations: int = 0
    stale_values: int = 0
    """Changelog values that were older than those before them: a late writer's, refused by every restore."""
    state: Compared = field(default_factory=Compared)
    outputs: Compared = field(default_factory=Compared)
    state_hash: str = ""

    @property
    def exact(self) -> bool:
        """Whether the whole log proves itself."""
        return self.state.exact and self.outputs.exact


class Replay:
    """Decides an agent's log again, from its beginning to what the group has committed."""

    def __init__(self, conf: KafkaConf, agent: Agent, *, group: str, changelog: str) -> None:
        self.conf, self.agent = conf, agent
        self.group, self.changelog = group, changelog
        self.result = Replayed()
        self.parts: dict[int, MemoryPart] = {}
        self.outputs: dict[tuple[str, str], bytes] = {}

    def run(self, progress: Progress = lambda _done, _all: None) -> Replayed:
        """Replay and compare."""
        self.decide(progress)
        self.compare_state()
        self.compare_outputs()
        return self.result

    def decide(self, progress: Progress = lambda _done, _all: None) -> None:
        """Decide every record again, from an empty state."""
        shell = Shell(self.agent)
        ends = reading.committed_offsets(self.conf, self.group, self.agent.topic)
        total, previous = sum(ends.values()), dict.fromkeys(ends, -1)
        for partition, records in grouped(reading.read(self.conf, self.agent.topic, ends=ends)):
            part = self.parts.setdefault(partition, MemoryPart())
            batch = Batch(TP(self.agent.topic, partition), records, previous[partition])
            done = shell.process(batch, part.get)
            part.apply(done.rows, batch.last_offset, batch.last_offset)
            for send in done.sends:
                self.outputs[identity(send.topic, send.headers)] = fingerprint(send)
            previous[partition] = batch.last_offset
            self.result.records += len(records)
            self.result.observations += done.observations
            progress(self.result.records, total)
        self.result.state_hash = state_hash(self.parts)

    def compare_state(self) -> None:
        """Compare every row with the changelog's newest one."""
        recorded: dict[int, Restored] = {}
        for message in reading.read(self.conf, self.changelog):
            found = recorded.setdefault(message.partition() or 0, Restored(start=0))
            key, value = message.key(), message.value()
            found.take(_bytes(key) or b"", _bytes(value), message.headers() if value is None else None)  # type: ignore[arg-type]  # the client's stub is wider than what it returns
        self.result.stale_values = sum(found.refused for found in recorded.values())
        compared = self.result.state
        for partition in sorted({*self.parts, *recorded}):
            expected = dict(self.parts[partition].items()) if partition in self.parts else {}
            found = recorded.get(partition, Restored(start=0))
            there = {key: value for key, value in found.rows.items() if value is not None}
            compare(compared, expected, there)

    def compare_outputs(self) -> None:
        """Compare every record that the agent should have sent with those in its topics."""
        compared, left = self.result.outputs, dict(self.outputs)
        compared.expected = len(left)
        seen: set[tuple[str, str]] = set()
        for topic in sorted({*self.agent.routes.values(), DEAD_LETTERS}):
            for message in reading.read(self.conf, topic):
                send = as_send(message)
                if not is_of(self.agent, send):
                    continue
                name = identity(topic, send.headers)
                if name in seen:
                    compared.repeated += 1
                elif name not in left:
                    compared.note("unexpected", f"{topic} {name[1]}")
                elif left.pop(name) != fingerprint(send):
                    compared.note("different", f"{topic} {name[1]}")
                seen.add(name)
        for topic, missed in left:
            compared.note("missing", f"{topic} {missed}")


def compare(compared: Compared, expected: dict[bytes, bytes], recorded: dict[bytes, bytes]) -> None:
    """Compare two tables row by row."""
    compared.expected += len(expected)
    for key, value in expected.items():
        there = recorded.get(key)
        if there is None:
            compared.note("missing", repr(key))
        elif there != value:
            compared.note("different", repr(key))
    for key in recorded.keys() - expected.keys():
        compared.note("unexpected", repr(key))


def grouped(messages: Iterable[Message]) -> Iterator[tuple[int, list[Message]]]:
    """Group records by partition into batches."""
    open_batches: dict[int, list[Message]] = {}
    for message in messages:
        partition = message.partition() or 0
        batch = open_batches.setdefault(partition, [])
        batch.append(message)
        if len(batch) >= BATCH_RECORDS:
            yield partition, open_batches.pop(partition)
    yield from open_batches.items()


def identity(topic: str, headers: Iterable[tuple[str, str | bytes | None]] | None) -> tuple[str, str]:
    """Name a record: a dead letter by its origin, any other by its id."""
    said = {name: _bytes(value) or b"" for name, value in headers or ()}
    if topic == DEAD_LETTERS:
        place = [said.get(f"hg_origin_{part}", b"").decode() for part in ("topic", "partition", "offset")]
        return topic, "/".join(place)
    return topic, said.get("ce_id", b"").decode()


def is_of(agent: Agent, send: Send) -> bool:
    """Say whether a record was sent by this agent."""
    said = {name: _bytes(value) for name, value in send.headers or ()}
    if send.topic == DEAD_LETTERS:
        return said.get("hg_parked_by") == agent.name.encode()
    return said.get("ce_source") == agent.source.encode()


def as_send(message: Message) -> Send:
    """Return a recorded record as it was sent."""
    pairs: Any = message.headers() or ()  # a list of pairs, though the client's stub allows for a mapping
    headers = [(name, _bytes(value)) for name, value in pairs]
    return Send(message.topic() or "", _bytes(message.key()), _bytes(message.value()), headers)


def fingerprint(send: Send) -> bytes:
    """Return a digest of all that a record says."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (send.key, send.value, *(piece for pair in send.headers or () for piece in pair)):
        raw = part.encode() if isinstance(part, str) else part
        digest.update(b"-" if raw is None else b"%d:" % len(raw) + raw)
    return digest.digest()


def state_hash(parts: dict[int, MemoryPart]) -> str:
    """Return a digest of the whole state."""
    digest = hashlib.sha256()
    for partition in sorted(parts):
        for key, value in sorted(parts[partition].items()):
            digest.update(b"%d %d %d " % (partition, len(key), len(value)) + key + value)
    return digest.hexdigest()


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
