"""A partition as a broker keeps it: records, the marks that end transactions, and what a reader may see."""

from collections.abc import Iterator, Sequence
from typing import Any

Where = tuple[str, int]


class Transaction:
    """One transaction: where it began to write, and the offsets that it would commit."""

    def __init__(self, opened_ms: int) -> None:
        self.opened_ms = opened_ms
        self.state = "open"
        self.first_offsets: dict[Where, int] = {}
        self.offsets: dict[Where, int] = {}


class Entry:
    """A record as a consumer sees it, or the mark of a transaction's end, which takes an offset as well."""

    def __init__(self, where: Where, offset: int, transaction: Transaction | None, *, is_mark: bool) -> None:
        self._where, self._offset = where, offset
        self.transaction, self.is_mark = transaction, is_mark
        self._key: bytes | None = None
        self._value: bytes | None = None
        self._headers: Sequence[tuple[str, bytes | None]] | None = None

    def filled(
        self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, Any]] | None
    ) -> "Entry":
        """Put a record's content in."""
        self._key, self._value, self._headers = key, value, headers
        return self

    @property
    def is_committed(self) -> bool:
        """Whether a reader of what is committed may see it, once it is stable."""
        return not self.is_mark and (self.transaction is None or self.transaction.state == "committed")

    def topic(self) -> str:
        """Return the topic."""
        return self._where[0]

    def partition(self) -> int:
        """Return the partition."""
        return self._where[1]

    def offset(self) -> int:
        """Return the offset."""
        return self._offset

    def key(self) -> bytes | None:
        """Return the key."""
        return self._key

    def value(self) -> bytes | None:
        """Return the body."""
        return self._value

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Return the headers."""
        return self._headers

    def timestamp(self) -> tuple[int, int]:
        """Return a time of creation."""
        return 1, self._offset

    def error(self) -> None:
        """Return nothing: this is no error."""
        return


class Log:
    """One partition."""

    def __init__(self, where: Where) -> None:
        self.where = where
        self.entries: list[Entry] = []
        self.open: dict[Transaction, int] = {}

    def append(
        self,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, Any]] | None,
        transaction: Transaction | None = None,
    ) -> int:
        """Write a record and return its offset."""
        offset = len(self.entries)
        if transaction is not None and transaction not in self.open:
            self.open[transaction] = transaction.first_offsets[self.where] = offset
        entry = Entry(self.where, offset, transaction, is_mark=False)
        self.entries.append(entry.filled(key, value, headers))
        return offset

    def end(self, transaction: Transaction) -> None:
        """Write the mark that ends a transaction here."""
        del self.open[transaction]
        self.entries.append(Entry(self.where, len(self.entries), transaction, is_mark=True))

    @property
    def high(self) -> int:
        """The offset behind the last entry."""
        return len(self.entries)

    @property
    def stable(self) -> int:
        """The offset below which every transaction has ended."""
        return min(self.open.values(), default=len(self.entries))

    def committed(self, start: int = 0) -> Iterator[Entry]:
        """Iterate over what a reader of committed records sees from an offset on."""
        for offset in range(start, self.stable):
            entry = self.entries[offset]
            if entry.is_committed:
                yield entry
