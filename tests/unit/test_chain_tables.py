"""A client's lookup tables, on the real VM: made beside the orders, filled, found again, and used."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from solders.pubkey import Pubkey

from chain.executor.work import ClientWork
from events.types import MovementLanded, TableMade
from tests.chain_local_kit import LocalChainPort
from tests.chain_work_kit import CLIENT, Log, LogJournal, Told, fund, keypair, order
from tests.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Sequence

POTS = 12


class Waves:
    """Funds the same pots again and again; the executor starts anew in between, if so wanted."""

    def __init__(self, pots: int) -> None:
        self.port = LocalChainPort()
        self.ids = self.port.open(pots)
        self.log, self.told = Log(), Told()
        self.work = self.start()
        self._offset = 0

    def start(self, tables: Sequence[TableMade] = ()) -> ClientWork:
        """Start an executor."""
        tools = self.port.tools(LogJournal(self.log), self.told)
        self.work = ClientWork(CLIENT, tools, tuple(tables))
        return self.work

    async def fund(self) -> list[int]:
        """Fund each pot once, and return in which groups that was done."""
        self.told.sizes.clear()
        known = self.port.chain.genesis
        for id_ in self.ids:
            sequence = self.port.pots.next_sequence(id_, "finalized")
            wish = fund(id_, sequence, treasury=self.port.pots.treasury, authority=known.authority.pubkey())
            self.work.add(order(wish, self._offset))
            self._offset += 1
        await self.work.run()
        assert all(isinstance(fact, MovementLanded) for (fact,) in self.log.outcomes.values())
        return sorted(self.told.sizes, reverse=True)


async def _grow() -> None:
    waves = Waves(POTS)
    assert await waves.fund() == [7, 5]
    for _ in range(4):
        await waves.fund()
        await asyncio.sleep(20)
    assert await waves.fund() == [10, 2]
    assert len(waves.log.tables) == 1
    waves.start(waves.log.tables)
    await waves.fund()
    assert await waves.fund() == [10, 2]
    assert len(waves.log.tables) == 1
    assert {waves.port.pots.held(id_) for id_ in waves.ids} == {8_000_000}


def test_a_table_is_made_for_many_pots_and_found_again_after_a_restart() -> None:
    """First seven fit a transaction, later ten; a new executor makes no second table."""
    run(_grow())


async def _few() -> None:
    waves = Waves(6)
    for _ in range(3):
        assert await waves.fund() == [6]
        await asyncio.sleep(20)
    assert not waves.log.tables


def test_no_table_is_made_for_few_pots() -> None:
    """They fit a transaction without one."""
    run(_few())


async def _lost() -> None:
    waves = Waves(POTS)
    old = TableMade(str(keypair("lost table").pubkey()), str(Pubkey.default()), 1, 0)
    waves.port.chain.advance(600)
    waves.start([old])
    for _ in range(6):
        await waves.fund()
        await asyncio.sleep(20)
    assert await waves.fund() == [10, 2]
    assert len(waves.log.tables) == 1


def test_a_table_that_never_came_to_be_is_forgotten_and_another_one_made() -> None:
    """Its slot is too long ago for it to be made any more."""
    run(_lost())
