"""A projector that ends itself with -9 after its n-th insert: `... DIR KAFKA N [MUTATION]`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from events import topics
from headgate.roles import projector
from infra.health import Health
from infra.settings import load
from projections import store
from projections.client import ClickHouse, open_clickhouse
from projections.migrate import migrate
from projections.sink import Sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.settings import Settings

POSITION_FIRST = "position-first"


def die_at(number: int) -> None:
    """End this process when so many inserts of batches are through."""
    insert, done = ClickHouse.insert, 0

    def counted(
        self: ClickHouse, table: str, columns: Sequence[str], data: Sequence[Sequence[object]]
    ) -> None:
        nonlocal done
        insert(self, table, columns, data)
        done += table != "migrations"
        if done == number:
            os.kill(os.getpid(), signal.SIGKILL)

    ClickHouse.insert = counted  # type: ignore[method-assign]  # the crash comes from within


def position_first() -> None:
    """Switch the safeguard off: note the position before the rows are in."""
    write = store.Store.write
    columns = store.COLUMNS

    def mutated(self, batch, next_offsets, cluster, on_insert=lambda _table, _rows: None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - a mutation has the shape of what it replaces
        empty = {table: [] for table in columns}
        rows, batch.rows = batch.rows, empty
        write(self, batch, next_offsets, cluster, on_insert)
        batch.rows = rows
        write(self, batch, next_offsets, cluster, on_insert)

    store.Store.write = mutated  # type: ignore[method-assign]  # likewise


def run(settings: Settings) -> None:
    """Project to the end of what is there."""
    with open_clickhouse(settings) as clickhouse:
        migrate(clickhouse)
        terms = projector.terms(settings)
        sink = Sink(clickhouse, settings.kafka_conf(), topics.load(), terms=terms, health=Health("projector"))
        sink.run(to_end=True)


if __name__ == "__main__":
    folder, kafka, number, *mutations = sys.argv[1:]
    if int(number):
        die_at(int(number))
    if POSITION_FIRST in mutations:
        position_first()
    # One batch, so that the n-th insert is always the same.
    more = {"projector.batch_ms": "2000", "data_dir": str(Path(folder)), "kafka.bootstrap": kafka}
    run(load(None, more))
