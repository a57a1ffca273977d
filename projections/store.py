"""Writes batches: rows first, the position last, so that a crash in between repeats and never skips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from projections.batch import COLUMNS
from projections.errors import OtherLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from projections.batch import Batch
    from projections.client import ClickHouse

POSITIONS: Final = "positions"
_COLUMNS: Final = ("topic", "partition", "next_offset", "cluster")

Place = tuple[str, int]


class Store:
    """The tables of the projections."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def positions(self, cluster: str) -> dict[Place, int]:
        """Return up to where each partition is in the tables; refuse those of another Kafka."""
        rows = self._clickhouse.rows(
            f"SELECT topic, partition, max(next_offset), argMax(cluster, next_offset) FROM {POSITIONS} "  # noqa: S608 - our own name
            "GROUP BY topic, partition"
        )
        others = {str(row[3]) for row in rows} - {cluster}
        if others:
            raise OtherLog(
                f"The tables are of the log of Kafka {', '.join(sorted(others))}, and this is {cluster}."
            )
        return {(str(topic), int(partition)): int(offset) for topic, partition, offset, _ in rows}

    def write(
        self,
        batch: Batch,
        next_offsets: Mapping[Place, int],
        cluster: str,
        on_insert: Callable[[str, int], None] = lambda _table, _rows: None,
    ) -> None:
        """Insert a batch; done again from its beginning, it changes nothing."""
        for table, columns in COLUMNS.items():
            rows = len(batch.rows[table])
            if rows:
                self._clickhouse.insert(table, columns, batch.columns(table))
                on_insert(table, rows)
        places = list(batch.next_offsets)
        self._clickhouse.insert(
            POSITIONS,
            _COLUMNS,
            [
                [topic for topic, _ in places],
                [partition for _, partition in places],
                [next_offsets[place] for place in places],
                [cluster] * len(places),
            ],
        )
        on_insert(POSITIONS, len(places))
