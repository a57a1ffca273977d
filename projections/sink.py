"""The sink: takes the log batch by batch into the tables, and waits where these cannot be written."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from events.topics import ANY, Catalogue
from infra import logs, metrics
from infra.errors import WaitAndRetry
from infra.health import Health, monotonic_ms
from infra.retry import Backoff
from projections.batch import Batch
from projections.log import Log
from projections.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from projections.client import ClickHouse

LOOP: Final = "projector"
STUCK_AFTER_MS: Final = 120_000  # an insert may wait as long as the client waits for an answer
# Bodies of one batch; rows made of them take several times as much.
BATCH_BYTES_MAX: Final = 16 * 1024 * 1024
REST_MS: Final = 200  # how soon the loop sees that it should stop
TELL_MS: Final = 1_000
RETRIES: Final = Backoff(delay_ms=200, delay_ms_max=10_000)

_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """How much of the log goes into one insert, and how long it waits for more."""

    records_max: int
    wait_ms: int
    bytes_max: int = BATCH_BYTES_MAX
    retries: Backoff = field(default=RETRIES)


class Sink:
    """Projects until it is stopped; one at a time where ClickHouse is a folder, any number on a server."""

    def __init__(
        self,
        clickhouse: ClickHouse,
        conf: Mapping[str, str | int],
        catalogue: Catalogue,
        *,
        terms: Terms,
        health: Health,
    ) -> None:
        self._store, self._terms, self._health = Store(clickhouse), terms, health
        self._log = Log(conf, catalogue)
        self._letters = frozenset(topic.name for topic in catalogue.topics if ANY in topic.carries)
        # A plain flag: setting an Event in a signal handler can block on the very wait it interrupts.
        self._stopping = False
        self._told_ms = 0
        self.records = 0

    def stop(self) -> None:
        """Make `run` return; may be called from a signal handler or another thread."""
        self._stopping = True

    def run(
        self,
        on_ready: Callable[[], None] = lambda: None,
        *,
        to_end: bool = False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> None:
        """Project until `stop` is called or, if so wished, until all that is there is in the tables."""
        self._health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
        try:
            self._begin()
            on_ready()
            while not self._stopping:
                self._health.beat(LOOP)
                batch = self._gather()
                if batch.records and not self._write(batch):
                    return
                self._tell(progress)
                if to_end and self._log.at_end:
                    return
        finally:
            self._log.close()

    def _begin(self) -> None:
        cluster = self._log.find_cluster()
        positions = self._store.positions(cluster)
        self._log.start(positions)
        _log.info("projector.starts", records=sum(positions.values()), topics=len(self._log.topics))

    def _gather(self) -> Batch:
        """Read until a batch is full, or its first record has waited long enough."""
        batch, terms = Batch(self._letters), self._terms
        until_ms = 0
        while not self._stopping and batch.records < terms.records_max and batch.bytes < terms.bytes_max:
            left_ms = until_ms - monotonic_ms() if batch.records else REST_MS
            if left_ms <= 0:
                break
            before = batch.records
            for record in self._log.read(min(left_ms, REST_MS), terms.records_max - batch.records):
                batch.take(record)
            if not batch.records:
                break
            if not before:
                until_ms = monotonic_ms() + terms.wait_ms
        return batch

    def _write(self, batch: Batch) -> bool:
        """Insert a batch, again and again until it is in; False if the projector was stopped before."""
        attempt = 0
        while not self._stopping or not attempt:
            attempt += 1
            begun_ms = monotonic_ms()
            try:
                self._store.write(batch, self._log.next_offsets, self._log.cluster, _count)
            except WaitAndRetry as error:
                metrics.PROJECTOR_RETRIES.inc()
                self._health.condition("clickhouse", error.what)
                _log.warning("projector.waits", error=error.what, attempt=attempt, records=batch.records)
                self._rest(self._terms.retries.delay_after(attempt))
                continue
            self._health.condition("clickhouse", None)
            metrics.PROJECTED_SECONDS.observe((monotonic_ms() - begun_ms) / 1000)  # money-ok: a duration
            self.records += batch.records
            self._health.committed()
            return True
        return False

    def _rest(self, delay_ms: int) -> None:
        until_ms = monotonic_ms() + delay_ms
        while not self._stopping and (left_ms := until_ms - monotonic_ms()) > 0:
            self._health.beat(LOOP)
            time.sleep(min(left_ms, REST_MS) / 1000)  # money-ok: a stretch of time

    def _tell(self, progress: Callable[[int, int], None]) -> None:
        now_ms = monotonic_ms()
        if now_ms - self._told_ms < TELL_MS and not self._log.at_end:
            return
        self._told_ms = now_ms
        lag = self._log.lag()
        for (topic, partition), records in lag.items():
            metrics.LAG.labels(topic, str(partition)).set(records)
        behind = sum(lag.values())
        self._health.lag(behind)
        progress(self.records, self.records + behind)


def _count(table: str, rows: int) -> None:
    metrics.PROJECTED_ROWS.labels(table).inc(rows)
