"""The round: link, deliver, commit, and only then change the state.

This is the whole protocol without Faust, threads or a broker, so that the simulation runs it as it is.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from confluent_kafka import TopicPartition
from faust.types import TP

from streams.engine.batch import Batch, Record
from streams.engine.errors import LinkBroken
from streams.engine.tables import Change
from streams.engine.transaction import ChangelogWrite, Ends, Send, Staged


class RoundTables(Protocol):
    """Tables, as far as a round needs them."""

    def changes(self) -> Sequence[Change]:
        """Return what the round in flight changes."""
        ...

    def committed(self, ends: Ends, newest: Mapping[TP, int]) -> None:
        """Make it state, as of these offsets of changelogs and sources."""
        ...

    def check_not_ahead(self, tp: TP, offset: int) -> None:
        """Refuse an offset that the state already follows from."""
        ...


@dataclass(frozen=True)
class Fetched:
    """Records of one partition as they came, and the offset fetched before them."""

    tp: TP
    records: list[Record]
    previous: int


Early = Callable[[Sequence[Send], Sequence[ChangelogWrite]], None]


def nothing_early(_sends: Sequence[Send], _changes: Sequence[ChangelogWrite]) -> None:
    """Leave everything to the commit."""


class Links:
    """Follows each owned partition from its committed offset on, so that no record is skipped or repeated."""

    def __init__(self) -> None:
        self._fetched: dict[TP, int] = {}
        self._committed: dict[TP, int] = {}

    def begin(self, starts: Mapping[TP, int]) -> None:
        """Own these partitions and no others, each from its committed offset."""
        self._fetched = {tp: offset - 1 for tp, offset in starts.items()}
        self._committed = dict(self._fetched)

    def fetch(self, records: Iterable[Record]) -> list[Fetched]:
        """Group records by partition, each group linked to what was fetched before it."""
        groups: dict[tuple[str, int], list[Record]] = {}
        for record in records:
            groups.setdefault((record.topic(), record.partition()), []).append(record)
        fetched = []
        for where, group in groups.items():
            tp = TP(*where)
            fetched.append(Fetched(tp, group, self._fetched.get(tp, -1)))
            self._fetched[tp] = group[-1].offset()
        return fetched

    def check(self, fetched: Fetched) -> None:
        """Refuse records that do not follow the last ones committed."""
        if fetched.tp not in self._committed:
            raise LinkBroken(f"{fetched.tp} was read, but it is not owned")
        committed, first = self._committed[fetched.tp], fetched.records[0].offset()
        if fetched.previous != committed or first <= committed:
            raise LinkBroken(
                f"{fetched.tp}: offset {first} was fetched after {fetched.previous}, "
                f"but the last one committed is {committed}"
            )

    def committed(self, tp: TP, offset: int) -> None:
        """Note the last offset that a round committed."""
        self._committed[tp] = offset


class Rounds:
    """Takes fetched records through the agents into one transaction."""

    def __init__(
        self,
        tables: RoundTables,
        deliver: Callable[[list[Batch]], Awaitable[None]],
        take_sends: Callable[[], list[Send]],
        commit: Callable[[Staged], Awaitable[Ends]],
        early: Early = nothing_early,
    ) -> None:
        self.links = Links()
        self._tables = tables
        self._deliver = deliver
        self._take_sends = take_sends
        self._commit = commit
        self._early = early
        self._sends: list[Send] = []
        self._changes: list[ChangelogWrite] = []

    async def run(self, fetched: Sequence[Fetched]) -> None:
        """Process one round; an error in it leaves the state as the last commit left it."""
        batches = [self._batch(one) for one in fetched]
        newest = {batch.tp: batch.last_offset for batch in batches}
        self._sends, self._changes = [], []
        await self._deliver(batches)
        self._collect(newest)
        offsets = [TopicPartition(tp.topic, tp.partition, offset + 1) for tp, offset in newest.items()]
        ends = await self._commit(Staged(self._sends, self._changes, offsets))
        self._tables.committed(ends, newest)
        for tp, offset in newest.items():
            self.links.committed(tp, offset)

    def through(self, tp: TP, offset: int) -> None:
        """Send what a batch led to, now that every agent is through with it, while others are decided."""
        self._early(*self._collect({tp: offset}))

    def _batch(self, fetched: Fetched) -> Batch:
        self.links.check(fetched)
        self._tables.check_not_ahead(fetched.tp, fetched.records[0].offset())
        return Batch(fetched.tp, fetched.records, fetched.previous)

    def _collect(self, newest: Mapping[TP, int]) -> tuple[list[Send], list[ChangelogWrite]]:
        """Take what these batches led to and was not taken before."""
        taken = {(write.topic, write.partition) for write in self._changes}
        changes = [
            ChangelogWrite(change.table.changelog_topic_name, change.partition, change.rows, newest[tp])
            for change in self._tables.changes()
            if (tp := TP(change.table.source, change.partition)) in newest
            and (change.table.changelog_topic_name, change.partition) not in taken
        ]
        sends = self._take_sends()
        self._sends += sends
        self._changes += changes
        return sends, changes
