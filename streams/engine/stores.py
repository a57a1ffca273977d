"""Faust's store interface over one part a partition, in memory or on disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from faust.stores import STORES
from faust.stores.base import SerializedStore
from faust.streams import current_event
from faust.types import TP

from streams.engine.errors import Unrestored
from streams.engine.parts import DiskPart, MemoryPart, Part
from streams.engine.values import VERSION_BYTES, prefix


class MemoryStore(SerializedStore):
    """Where a table's partitions are; inside an agent only the event's own partition is seen.

    What Faust's dictionary interface writes is pending, and becomes state with the round's commit.
    """

    outlives_process = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        super().__init__(*args, **kwargs)
        self.parts: dict[int, Part] = {}

    def open(self, partition: int, changelog_id: str) -> Part:
        """Return a partition as far as it is known here; what is missing, the changelog has."""
        if partition not in self.parts:
            self.parts[partition] = self.new_part(partition, changelog_id)
        return self.parts[partition]

    def new_part(self, _partition: int, _changelog_id: str) -> Part:
        """Return an empty partition."""
        return MemoryPart()

    def part(self, partition: int) -> Part:
        """Return a partition that has been restored."""
        try:
            return self.parts[partition]
        except KeyError:
            raise Unrestored(self.table_name, partition) from None

    def drop(self, partition: int) -> None:
        """Let a partition go."""
        self.parts.pop(partition).close()

    def _visible(self) -> list[Part]:
        event = current_event()
        return list(self.parts.values()) if event is None else [self.part(event.message.partition)]

    def _get(self, key: bytes) -> bytes | None:
        for part in self._visible():
            value = part.pending[key] if key in part.pending else part.get(key)
            if value is not None:
                return value[VERSION_BYTES:]
        return None

    def _set(self, key: bytes, value: bytes | None) -> None:
        event = current_event()
        if event is None:
            raise RuntimeError(
                f"table {self.table_name} can be changed inside an agent only: its round commits it"
            )
        written = None if value is None else prefix(event.message.offset) + value
        self.part(event.message.partition).pending[key] = written

    def _del(self, key: bytes) -> None:
        self._set(key, None)

    def _iteritems(self) -> Iterator[tuple[bytes, bytes]]:
        for part in self._visible():
            rows: dict[bytes, bytes | None] = {**dict(part.items()), **part.pending}
            yield from ((key, value[VERSION_BYTES:]) for key, value in rows.items() if value is not None)

    def _iterkeys(self) -> Iterator[bytes]:
        return (key for key, _ in self._iteritems())

    def _itervalues(self) -> Iterator[bytes]:
        return (value for _, value in self._iteritems())

    def _size(self) -> int:
        return sum(1 for _ in self._iteritems())

    def _contains(self, key: bytes) -> bool:
        return self._get(key) is not None

    def _clear(self) -> None:
        for key in list(self._iterkeys()):
            self._del(key)

    def reset_state(self) -> None:
        """Forget every partition."""
        for partition in list(self.parts):
            self.drop(partition)

    async def backup_partition(self, tp: TP, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing: the changelog is the backup."""

    def restore_backup(self, tp: TP, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing: the changelog is the backup."""


class DiskStore(MemoryStore):
    """The same on disk: a restart reads only the changelog's tail, and state may exceed memory."""

    outlives_process = True

    def new_part(self, partition: int, changelog_id: str) -> Part:
        """Return a partition as its folder has it."""
        options = self.app.options
        folder = Path(options.folder) / f"{options.slot}-{self.table_name}-{partition}"
        return DiskPart(folder, changelog_id=changelog_id, delete_retention_ms=options.delete_retention_ms)


STORES.aliases.update({"txn-memory": f"{__name__}:MemoryStore", "txn-disk": f"{__name__}:DiskStore"})
