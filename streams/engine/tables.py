"""Tables whose changes leave with the round's transaction, in place of Faust's table manager and recovery."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import faust
from faust.types import TP
from faust.types.tables import TableManagerT
from mode import Service

from streams.engine.batch import Batch
from streams.engine.errors import StateAhead
from streams.engine.parts import NOTHING_YET, Part, Rows, newest_version
from streams.engine.restore import ChangelogPartition, Restored, restore

log = logging.getLogger(__name__)
RestoreFunction = Callable[[Any, Mapping[ChangelogPartition, int]], dict[ChangelogPartition, Restored]]


class Table(faust.Table):
    """A Faust table that follows the partitions of one source topic."""

    def __init__(self, app: Any, *, source: str = "", **kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        super().__init__(app, **kwargs)
        self.source = source

    def part(self, batch: Batch) -> Part:
        """Return the state of a batch's partition."""
        part: Part = self.data.part(batch.tp.partition)
        return part

    def stage(self, batch: Batch, rows: Rows) -> None:
        """Let the round change these rows; a value begins with its version (``engine.values``)."""
        self.part(batch).pending.update(rows)

    def on_key_set(self, key: Any, value: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing more: the store has it pending, and the round takes it from there."""

    def on_key_del(self, key: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing more: the store has it pending, and the round takes it from there."""


@dataclass(frozen=True)
class Change:
    """What a round changes in one partition of a table."""

    table: Table
    partition: int
    rows: dict[bytes, bytes | None]


class Tables(Service, TableManagerT):
    """All tables of an app: what a round changed, what a commit makes state, what an ownership brings."""

    def __init__(self, app: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        super().__init__(**kwargs)
        self.app = app
        self.data: dict[str, Table] = {}
        self.registered, self.recovered = asyncio.Event(), asyncio.Event()
        self.actives_ready = self.standbys_ready = False
        self.restore_with: RestoreFunction = restore

    def __hash__(self) -> int:
        return object.__hash__(self)

    def add(self, table: Table) -> Table:
        """Make a table known."""
        self[table.name] = table
        return table

    # ---- a round
    def changes(self) -> list[Change]:
        """Return what the round in flight changes."""
        return [
            Change(table, partition, part.pending)
            for table in self.values()
            for partition, part in table.data.parts.items()
            if part.pending
        ]

    def committed(self, ends: Mapping[ChangelogPartition, int], newest: Mapping[TP, int]) -> None:
        """Make the round's changes state.

        ``ends`` says where its last record lies in each changelog, ``newest`` which source offset came last.
        """
        for change in self.changes():
            part = change.table.data.parts[change.partition]
            rows, part.pending = part.pending, {}
            end = ends[change.table.changelog_topic_name, change.partition]
            part.apply(rows, end + 1, newest[TP(change.table.source, change.partition)])

    def check_not_ahead(self, tp: TP, offset: int) -> None:
        """Refuse to process an offset that some table's state already follows from."""
        for table in self.of(tp.topic):
            version = table.data.part(tp.partition).version
            if version >= offset:
                raise StateAhead(table.name, tp.partition, version, offset)

    # ---- ownership
    def of(self, topic: str) -> Iterator[Table]:
        """Return the tables that follow a source topic."""
        return (table for table in self.values() if table.source == topic)

    def keep(self, owned: Iterable[TP]) -> None:
        """Drop the partitions that are no longer ours."""
        kept = set(owned)
        for table in self.values():
            for partition in [p for p in table.data.parts if TP(table.source, p) not in kept]:
                table.data.drop(partition)

    def restore(self, owned: Iterable[TP], changelog_ids: Mapping[str, str]) -> int:
        """Bring the state of these source partitions up to its changelogs' ends; return the records read."""
        wanted = {
            (table.changelog_topic_name, tp.partition): table.data.open(
                tp.partition, changelog_ids.get(table.changelog_topic_name, "")
            )
            for tp in owned
            for table in self.of(tp.topic)
        }
        if not wanted:
            return 0
        found = self.restore_with(self.app.options, {where: part.position for where, part in wanted.items()})
        for where, part in wanted.items():
            take_restored(where, part, found[where])
        return sum(one.records for one in found.values())

    # ---- what Faust asks of a table manager
    async def on_start(self) -> None:
        """Start the tables."""
        for table in self.values():
            await table.maybe_start()
        self.registered.set()

    async def on_stop(self) -> None:
        """Stop the tables and close their files."""
        for table in self.values():
            await table.stop()
            table.data.reset_state()

    async def wait_until_tables_registered(self) -> None:
        """Wait until the tables are known."""
        await self.wait_for_stopped(self.registered)

    async def wait_until_recovery_completed(self) -> bool:
        """Wait until the first ownership is restored."""
        return bool(await self.wait_for_stopped(self.recovered))

    async def on_restored(self) -> None:
        """Tell Faust that the tables are ready."""
        self.actives_ready = True
        self.recovered.set()
        for table in self.values():
            await table.on_recovery_completed(set(), set())

    def changelogs_on_disk(self) -> list[str]:
        """Return the changelogs of tables whose local state outlives the process."""
        return sorted(table.changelog_topic_name for table in self.values() if table.data.outlives_process)

    @property
    def changelog_topics(self) -> set[str]:
        """The topics that the tables are kept in."""
        return {table.changelog_topic_name for table in self.values()}

    def persist_offset_on_commit(self, store: Any, tp: TP, offset: int) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing: positions are kept with the state."""

    def on_commit(self, offsets: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing: offsets leave with the transaction."""

    async def on_rebalance(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing: the consumer restores before it reads."""

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Do nothing: what is no longer ours is dropped when the next ownership is known."""

    def on_rebalance_start(self) -> None:
        """Note that the state may not be whole."""
        self.actives_ready = False


def take_restored(where: ChangelogPartition, part: Part, found: Restored) -> None:
    """Put what the changelog said into a part, refusing what is older than the part already knows."""
    if found.start != part.position:  # the part belonged to another changelog and starts again
        part.wipe()
    rows, kept = found.rows, part.position > 0
    if kept:
        rows = {
            key: value for key, value in rows.items() if not _older(part.get(key), found.versions.get(key))
        }
    if refused := found.refused + len(found.rows) - len(rows):
        log.warning(
            "changelog %s/%d: %d values were older than those before them and refused", *where, refused
        )
    part.apply(rows, found.end, max(newest_version(rows.values()), NOTHING_YET))


def _older(known: bytes | None, version: bytes | None) -> bool:
    return known is not None and version is not None and version < known[: len(version)]
