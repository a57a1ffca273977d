"""Verifies a run whole: the oracle's sums, every row and record by replay, and every dead letter."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from confluent_kafka import Consumer, TopicPartition

from domain.account.rows import AnyRow
from domain.pacing.cells import totals
from domain.pacing.rows import CampaignRow, DayRow
from events.codec import decode
from events.dead_letters import from_headers
from proof.chaos.agents import CountRow
from proof.chaos.oracle import CampaignDay, Oracle
from proof.chaos.world import World
from streams import reading
from streams.agent import Agent
from streams.engine.options import KafkaConf
from streams.engine.restore import Restored
from streams.engine.values import VERSION_BYTES
from streams.replay import Compared, Replay
from streams.shell import DEAD_LETTERS, SEEN_KEY

SETTLE_SECONDS = 30.0
SETTLE_EACH_SECONDS = 0.1
EXAMPLES_MAX = 12


@dataclass
class Verdict:
    """What was lost, doubled or otherwise wrong, and how much was looked at."""

    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    stalled: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether all came out as it went in."""
        return not (self.lost or self.doubled or self.wrong or self.stalled)

    def note(self, kind: str, how_many: int, what: str) -> None:
        """Count a difference."""
        if how_many:
            setattr(self, kind, getattr(self, kind) + how_many)
            self.counts[f"{kind}: {what.partition(' ')[0]}"] += how_many
            if len(self.examples) < EXAMPLES_MAX:
                self.examples.append(f"{how_many} {kind}: {what}")

    def compare(self, name: str, expected: dict[Any, int], found: dict[Any, int]) -> None:
        """Compare sums that must be equal."""
        self.counts[f"{name} compared"] += len(expected)
        for key in expected.keys() | found.keys():
            difference = found.get(key, 0) - expected.get(key, 0)
            if difference:
                self.note("doubled" if difference > 0 else "lost", 1, f"{name} {key}: {difference:+}")


def verify(world: World, oracle: Oracle) -> Verdict:
    """Compare all that a run has left in Kafka with what it should be."""
    verdict = Verdict()
    settle(world.kafka, written_by(world), verdict)
    for agent in world.agents():
        replay(world.kafka, agent, world.name, world.changelog(agent), verdict)
    account, meter, *rest = world.agents()
    verdict.compare("spend", oracle.spend(), spend_of(rows_of(world, account)))
    rows = counted(rows_of(world, meter))
    verdict.compare("metered", dict(oracle.meters), {key: row.sum_micros for key, row in rows.items()})
    verdict.compare("records", dict(oracle.meter_records), {key: row.count for key, row in rows.items()})
    for tally in rest:
        expected = _decisions(world, account)
        verdict.compare(
            "tallied", expected, {key: row.count for key, row in counted(rows_of(world, tally)).items()}
        )
    _dead_letters(world, account, oracle, verdict)
    return verdict


def replay(conf: KafkaConf, agent: Agent, group: str, changelog: str, verdict: Verdict) -> None:
    """Decide an agent's log again, and note what is not as it was recorded."""
    replayed = Replay(conf, agent, group=group, changelog=changelog).run()
    verdict.counts["records replayed"] += replayed.records
    verdict.counts["stale values refused"] += replayed.stale_values
    for name, compared in (("rows", replayed.state), ("outputs", replayed.outputs)):
        _note(verdict, f"{name} of {agent.name}", compared)


def _note(verdict: Verdict, name: str, compared: Compared) -> None:
    said = f"{name} {compared.examples[:2]}"
    verdict.counts[f"{name.partition(' ')[0]} compared"] += compared.expected
    verdict.note("lost", compared.missing, said)
    verdict.note("doubled", compared.unexpected + compared.repeated, said)
    verdict.note("wrong", compared.different, said)


def spend_of(rows: Iterable[tuple[bytes, bytes]]) -> dict[CampaignDay, int]:
    """Return the spend of each campaign and day as an account agent's table has it."""
    decode_row, days = msgspec.msgpack.Decoder(AnyRow).decode, {}
    newest: dict[CampaignDay, int] = {}
    for key, value in rows:
        if key.startswith(b"\0"):
            continue
        row, parts = decode_row(value[VERSION_BYTES:]), key.decode().split("\0")
        if isinstance(row, CampaignRow) and row.day:
            newest[parts[0], parts[1], row.day] = row.spent_micros + row.recorded_micros
        elif isinstance(row, DayRow):
            days[parts[0], parts[1], parts[2]] = sum(totals(row.cells)) + row.recorded_micros
    return {**days, **newest}


def counted(rows: Iterable[tuple[bytes, bytes]]) -> dict[tuple[str, str], CountRow]:
    """Return the rows of a meter or tally by subject and campaign."""
    decode_row = msgspec.msgpack.Decoder(CountRow).decode
    found = {}
    for key, value in rows:
        if not key.startswith(SEEN_KEY):
            subject, campaign = key.decode().split("\0")
            found[subject, campaign] = decode_row(value[VERSION_BYTES:])
    return found


def _decisions(world: World, account: Agent) -> dict[tuple[str, str], int]:
    """Count the account agent's decisions about one campaign, each id once."""
    seen: dict[str, tuple[str, str]] = {}
    for topic in set(account.routes.values()):
        for message in reading.read(world.kafka, topic):
            event = decode(message.headers(), message.value())  # type: ignore[arg-type]  # the stubs are wider
            campaign = getattr(event.data, "campaign", None)
            if campaign is not None:  # a page of plans is about many
                seen[event.envelope.id] = (event.envelope.subject, campaign)
    return dict(Counter(seen.values()))


def rows_of(world: World, agent: Agent) -> Iterator[tuple[bytes, bytes]]:
    """Yield the rows of an agent's table."""
    return restored(world.kafka, world.changelog(agent))


def restored(conf: KafkaConf, changelog: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the rows of a table as a worker would restore them."""
    found: dict[int, Restored] = {}
    for message in reading.read(conf, changelog):
        part = found.setdefault(message.partition() or 0, Restored(start=0))
        part.take(message.key(), message.value(), message.headers())  # type: ignore[arg-type]  # the stubs are wider
    for part in found.values():
        yield from ((key, value) for key, value in part.rows.items() if value is not None)


def _dead_letters(world: World, account: Agent, oracle: Oracle, verdict: Verdict) -> None:
    """Compare the parked records with the junk that was sent."""
    found: Counter[tuple[tuple[str, int, int], str]] = Counter()
    for message in reading.read(world.kafka, DEAD_LETTERS):
        origin = from_headers(message.headers())  # type: ignore[arg-type]  # the stubs are wider
        if origin.parked_by == account.name:
            found[(origin.topic, origin.partition, origin.offset), origin.reason] += 1
    verdict.compare("dead-letters", dict(Counter(oracle.parked.items())), dict(found))


def written_by(world: World) -> set[str]:
    """Return the topics that a run's workers write."""
    topics = {DEAD_LETTERS, *(world.changelog(agent) for agent in world.agents())}
    return topics | {topic for agent in world.agents() for topic in (agent.topic, *agent.routes.values())}


def settle(conf: KafkaConf, topics: Iterable[str], verdict: Verdict) -> None:
    """Wait until no transaction of a dead process is open any more; one that stays open is wrong."""
    hanging = _hanging(conf, topics)
    verdict.note("wrong", len(hanging), f"transactions that stay open in {', '.join(hanging)}")


def _hanging(kafka: KafkaConf, topics: Iterable[str]) -> list[str]:
    conf = {**kafka, "group.id": "headgate-settling", "enable.auto.commit": False}
    committed = Consumer({**conf, "isolation.level": "read_committed"})
    written = Consumer({**conf, "isolation.level": "read_uncommitted"})
    deadline, hanging = time.monotonic() + SETTLE_SECONDS, []
    try:
        for topic in sorted(topics):
            for partition in reading.partitions_of(kafka, topic):
                where = TopicPartition(topic, partition)
                while (is_open := _end(committed, where) < _end(written, where)) and (
                    time.monotonic() < deadline
                ):
                    time.sleep(SETTLE_EACH_SECONDS)
                if is_open:
                    hanging.append(f"{topic}/{partition}")
    finally:
        committed.close()
        written.close()
    return hanging


def _end(consumer: Consumer, where: TopicPartition) -> int:
    return consumer.get_watermark_offsets(where, timeout=reading.CALL_SECONDS)[1]
