"""A batch: consecutive records of one partition, linked to the one that was fetched before them."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import faust
from faust.types import TP, AppT, Message


class Record(Protocol):
    """What the engine needs of a consumed record; confluent-kafka's messages have it."""

    # The client's own annotations allow for errors and text, which a consumed record never has, hence Any.

    def topic(self) -> Any:  # noqa: ANN401
        """Return the topic it was read from."""
        ...

    def partition(self) -> Any:  # noqa: ANN401
        """Return the partition it was read from."""
        ...

    def offset(self) -> Any:  # noqa: ANN401
        """Return its place in the partition."""
        ...

    def key(self) -> Any:  # noqa: ANN401
        """Return its key."""
        ...

    def value(self) -> Any:  # noqa: ANN401
        """Return its body."""
        ...

    def headers(self) -> Any:  # noqa: ANN401
        """Return its headers."""
        ...

    def timestamp(self) -> tuple[int, int]:
        """Return the kind and the milliseconds of its time."""
        ...

    def error(self) -> Any:  # noqa: ANN401
        """Return what went wrong instead of a record, if anything."""
        ...


class Batch:
    """What an agent's stream yields: records in order, each once, of one partition.

    ``previous`` is the offset fetched just before, ``None`` at the start of an ownership. Offsets have gaps
    where transactions ended or were aborted, so the link tells a skip and counting does not.
    """

    __slots__ = ("_records", "previous", "taken", "tp")

    def __init__(self, tp: TP, records: Sequence[Record], previous: int | None = None) -> None:
        self.tp = tp
        self.previous = previous
        self.taken = False
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        self.taken = True
        return iter(self._records)

    @property
    def first(self) -> Record:
        """The first record, without taking the batch."""
        return self._records[0]

    @property
    def last_offset(self) -> int:
        """The offset of the last record."""
        offset: int = self._records[-1].offset()
        return offset


class Batches(faust.Schema):
    """The schema of topics whose agents get whole batches: there is nothing to decode."""

    def loads_key(self, app: AppT, message: Message, **_options: object) -> bytes | None:  # noqa: ARG002 - Faust's signature
        """Return the key as it is."""
        key: bytes | None = message.key
        return key

    def loads_value(self, app: AppT, message: Message, **_options: object) -> Batch:  # noqa: ARG002 - Faust's signature
        """Return the batch as it is."""
        batch: Batch = message.value
        return batch
