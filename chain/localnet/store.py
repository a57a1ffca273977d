"""What outlives the process, in SQLite: one transaction a block, so that it is whole however we end."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from solders.account import Account
from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.signature import Signature

from chain.localnet.block import Block, Landed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

# The newest blocks are enough to go on from; what landed in older ones says itself when that was.
BLOCKS_KEPT = 2_000
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS account (address BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS change (
  slot INTEGER, address BLOB, value BLOB, PRIMARY KEY (slot, address)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS block (
  slot INTEGER PRIMARY KEY, height INTEGER, parent_slot INTEGER, time_ms INTEGER, hash BLOB);
CREATE TABLE IF NOT EXISTS landed (
  signature BLOB PRIMARY KEY, message BLOB, slot INTEGER, place INTEGER, raw BLOB, meta TEXT) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS landed_message ON landed (message);
CREATE INDEX IF NOT EXISTS landed_slot ON landed (slot, place);
CREATE TABLE IF NOT EXISTS touched (
  address BLOB, slot INTEGER, place INTEGER, signature BLOB,
  PRIMARY KEY (address, slot, place)) WITHOUT ROWID;
"""
_LANDED = "signature, message, slot, place, raw, meta"


class Store:
    """A chain's complete blocks, and its accounts as of the last final one."""

    def __init__(self, path: Path | None = None) -> None:
        where = ":memory:" if path is None else str(path)
        if path is not None:
            # The keys of the local chain are in it.
            path.touch(mode=0o600)
        self._database = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def facts(self) -> dict[str, str]:
        """Return what is kept by name; nothing at all before `create`."""
        return dict(self._database.execute("SELECT name, value FROM fact"))

    def create(
        self, facts: Mapping[str, str], accounts: Iterable[tuple[Pubkey, Account]], first: Block
    ) -> None:
        """Keep what a chain begins with, all or nothing."""
        with self._all_or_nothing() as run:
            run.executemany("INSERT INTO fact VALUES (?, ?)", facts.items())
            rows = ((bytes(address), bytes(account)) for address, account in accounts)
            run.executemany("INSERT INTO account VALUES (?, ?)", rows)
            run.execute("INSERT INTO block VALUES (?, ?, ?, ?, ?)", _block_row(first))

    def replace_account(self, address: Pubkey, account: Account) -> None:
        """Set an account as of the last final block, before the chain goes on."""
        self._database.execute("REPLACE INTO account VALUES (?, ?)", (bytes(address), bytes(account)))

    def seal(self, block: Block, changes: Mapping[Pubkey, Account | None], final_slot: int) -> None:
        """Keep a complete block, and make what is final by now part of the base."""
        with self._all_or_nothing() as run:
            run.execute("INSERT INTO block VALUES (?, ?, ?, ?, ?)", _block_row(block))
            if block.landed:
                run.executemany(
                    "INSERT INTO landed VALUES (?, ?, ?, ?, ?, ?)", map(_landed_row, block.landed)
                )
                run.executemany("INSERT OR IGNORE INTO touched VALUES (?, ?, ?, ?)", _touched_rows(block))
            rows = [(block.slot, bytes(address), _value(account)) for address, account in changes.items()]
            if rows:
                run.executemany("INSERT INTO change VALUES (?, ?, ?)", rows)
            self._finalize(final_slot)
            run.execute("DELETE FROM block WHERE height < ?", (block.height - BLOCKS_KEPT,))

    def _finalize(self, slot: int) -> None:
        run = self._database
        # In order of slots, so that the newest version of an account is the one that stays.
        changes = run.execute("SELECT address, value FROM change WHERE slot <= ? ORDER BY slot", (slot,))
        newest = dict(changes.fetchall())
        if newest:
            kept = [(address, value) for address, value in newest.items() if value is not None]
            gone = [(address,) for address, value in newest.items() if value is None]
            run.executemany("REPLACE INTO account VALUES (?, ?)", kept)
            run.executemany("DELETE FROM account WHERE address = ?", gone)
            run.execute("DELETE FROM change WHERE slot <= ?", (slot,))
        run.execute("REPLACE INTO fact VALUES ('final_slot', ?)", (str(slot),))

    def drop_after(self, slot: int) -> None:
        """Forget the blocks after a slot, none of which is final."""
        with self._all_or_nothing() as run:
            for table in ("block", "landed", "touched", "change"):
                run.execute(f"DELETE FROM {table} WHERE slot > ?", (slot,))  # noqa: S608 - names of ours

    def accounts(self) -> Iterator[tuple[Pubkey, Account]]:
        """Yield the accounts as of the last final block."""
        for address, value in self._database.execute("SELECT address, value FROM account"):
            yield Pubkey(address), Account.from_bytes(value)

    def changes(self) -> Iterator[tuple[int, Pubkey, Account | None]]:
        """Yield what blocks that are not final have changed, in their order."""
        rows = self._database.execute("SELECT slot, address, value FROM change ORDER BY slot")
        for slot, address, value in rows:
            yield slot, Pubkey(address), None if value is None else Account.from_bytes(value)

    def blocks(self, count: int) -> list[Block]:
        """Return the newest complete blocks, oldest first."""
        rows = self._database.execute(
            "SELECT slot, height, parent_slot, time_ms, hash FROM block ORDER BY slot DESC LIMIT ?", (count,)
        )
        return [
            Block(slot, height, parent, at_ms, Hash(known)) for slot, height, parent, at_ms, known in rows
        ][::-1]

    def landed(self, signature: Signature) -> Landed | None:
        """Return what landed with a signature."""
        rows = self._database.execute(
            f"SELECT {_LANDED} FROM landed WHERE signature = ?",  # noqa: S608 - names of ours
            (bytes(signature),),
        )
        return next(map(_landed, rows), None)

    def has_landed(self, signature: Signature, message_hash: bytes) -> bool:
        """Say whether a transaction has ever landed, or one that says the same and is signed otherwise."""
        rows = self._database.execute(
            "SELECT 1 FROM landed WHERE signature = ? UNION SELECT 1 FROM landed WHERE message = ?",
            (bytes(signature), message_hash),
        )
        return rows.fetchone() is not None

    def landed_after(self, slot: int) -> list[Landed]:
        """Return what landed after a slot, in its order."""
        rows = self._database.execute(
            f"SELECT {_LANDED} FROM landed WHERE slot > ? ORDER BY slot, place",  # noqa: S608 - names of ours
            (slot,),
        )
        return list(map(_landed, rows))

    def landed_count(self) -> int:
        """Return how many transactions have landed."""
        count: int = self._database.execute("SELECT count(*) FROM landed").fetchone()[0]
        return count

    def touching(self, address: Pubkey, before: tuple[int, int], limit: int) -> list[Landed]:
        """Return what landed with an account in it, newest first, before a slot and a place in it."""
        rows = self._database.execute(
            "SELECT signature FROM touched WHERE address = ? AND (slot, place) < (?, ?)"
            " ORDER BY slot DESC, place DESC LIMIT ?",
            (bytes(address), *before, limit),
        )
        found = [self.landed(Signature.from_bytes(row[0])) for row in rows.fetchall()]
        return [landed for landed in found if landed is not None]

    def time_ms(self, slot: int) -> int | None:
        """Return when a slot's block began."""
        row = self._database.execute("SELECT time_ms FROM block WHERE slot = ?", (slot,)).fetchone()
        return None if row is None else int(row[0])

    def _all_or_nothing(self) -> _Transaction:
        return _Transaction(self._database)


class _Transaction:
    """SQLite's own context manager begins nothing by itself."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> sqlite3.Connection:
        self._database.execute("BEGIN IMMEDIATE")
        return self._database

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _value(account: Account | None) -> bytes | None:
    return None if account is None else bytes(account)


def _block_row(block: Block) -> tuple[object, ...]:
    return block.slot, block.height, block.parent_slot, block.time_ms, bytes(block.hash or Hash.default())


def _landed_row(landed: Landed) -> tuple[object, ...]:
    meta = json.dumps(landed.meta, separators=(",", ":"))
    return (
        bytes(landed.signature),
        landed.message_hash,
        landed.slot,
        landed.place,
        landed.raw,
        meta,
    )


def _touched_rows(block: Block) -> Iterator[tuple[object, ...]]:
    for landed in block.landed:
        for address in landed.touched:
            yield bytes(address), landed.slot, landed.place, bytes(landed.signature)


def _landed(row: tuple[Any, ...]) -> Landed:
    signature, message, slot, place, raw, meta = row
    return Landed(Signature.from_bytes(signature), message, slot, place, raw, json.loads(meta), ())
