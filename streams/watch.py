"""Turns what the engine tells into metrics and health."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager

from faust.types import TP

from infra import metrics, tracing
from infra.health import Health
from streams.agent import Agent
from streams.engine.batch import Record
from streams.engine.observer import Observer
from streams.shell import Processed

LOOP = "rounds"
STUCK_AFTER_MS = 60_000  # several transaction timeouts, and a restore of a million rows


class WorkerObserver(Observer):
    """Reports rounds, ownership and lag of one worker."""

    def __init__(self, health: Health) -> None:
        self.health = health
        self.owned = 0
        health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
        health.condition("group", "no partitions assigned yet")

    def beat(self) -> None:
        """Note that the loop came round."""
        self.health.beat(LOOP)

    def span(self, name: str) -> AbstractContextManager[object]:
        """Trace a step, where an endpoint is set."""
        return tracing.span(f"headgate.{name}")

    def commit_done(self, seconds: float) -> None:
        """Note what the brokers cost."""
        metrics.COMMIT_SECONDS.observe(seconds)

    def round_done(self, records: Sequence[Record], seconds: float) -> None:
        """Count a committed round."""
        metrics.ROUNDS.inc()
        metrics.ROUND_SECONDS.observe(seconds)
        metrics.LAST_COMMIT.set(time.time())
        for topic, count in Counter(record.topic() for record in records).items():
            metrics.RECORDS.labels(topic).inc(count)
        self.health.committed()

    def restored(self, owned: set[TP], records: int, seconds: float) -> None:
        """Note what is ours and readable."""
        self.owned = len(owned)
        metrics.REBALANCES.inc()
        metrics.PARTITIONS_ASSIGNED.set(self.owned)
        metrics.PARTITIONS_RESTORED.set(self.owned)
        metrics.RESTORE_SECONDS.observe(seconds)
        metrics.RESTORE_RECORDS.labels("all").inc(records)
        self.health.condition("group", None)
        self.health.partitions(assigned=self.owned, restored=self.owned)

    def revoked(self) -> None:
        """Note that nothing is ours until the next assignment."""
        metrics.PARTITIONS_ASSIGNED.set(0)
        metrics.PARTITIONS_RESTORED.set(0)
        self.health.partitions(assigned=0, restored=0)

    def lag(self, records: dict[TP, int]) -> None:
        """Note how far behind we are."""
        for tp, count in records.items():
            metrics.LAG.labels(tp.topic, str(tp.partition)).set(count)
        self.health.lag(sum(records.values()))

    @staticmethod
    def processed(agent: Agent, done: Processed) -> None:
        """Count what an agent made of a batch."""
        metrics.TABLE_CHANGES.labels(agent.table).inc(len(done.rows))
        metrics.OBSERVATIONS.labels(agent.topic).inc(done.observations)
        for topic, count in Counter(send.topic for send in done.sends).items():
            metrics.OUTPUTS.labels(topic).inc(count)
        for reason, count in Counter(done.parked).items():
            metrics.PARKED.labels(agent.topic, reason).inc(count)
