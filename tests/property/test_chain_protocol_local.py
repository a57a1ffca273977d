"""The work on the real VM, with executors that are cut off at any moment, and a chain that forks."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chain.executor.work import ClientWork
from events.types import MovementLanded
from tests.chain_local_kit import LocalChainPort
from tests.chain_work_kit import CLIENT, Log, LogJournal, Told, fund, order
from tests.virtual_time import LoopTime, run

if TYPE_CHECKING:
    from chain.executor.order import Order

LIVES = 12


def orders_of(port: LocalChainPort, ids: list[bytes]) -> list[Order]:
    """Return two fundings of each pot: the second one's number is the one after the first one's."""
    known, now_ms = port.chain.genesis, LoopTime().now_ms()
    wishes = [
        fund(
            id_,
            port.pots.next_sequence(id_, "finalized") + turn,
            1_000_000 + 1_000 * turn + index,
            treasury=port.pots.treasury,
            authority=known.authority.pubkey(),
            not_after_ms=now_ms + 3_600_000,
        )
        for turn in range(2)
        for index, id_ in enumerate(ids)
    ]
    return [order(replace(wish, decided_ms=now_ms), offset) for offset, wish in enumerate(wishes)]


async def story(seed: int, permille: int) -> None:
    """Let executors work, each for a while, and hold what they tell to what the chain has."""
    port = LocalChainPort(seed, permille)
    ids = port.open(3)
    log, told, orders = Log(), Told(), orders_of(port, ids)
    for life in range(LIVES):
        last = life == LIVES - 1
        port.permille = 0 if last else permille
        log.owner = life
        work = ClientWork(CLIENT, port.tools(LogJournal(log, owner=life), told))
        for each in orders:
            if each.id not in log.outcomes:
                work.add(each, tuple(log.attempts.get(each.id, ())))
        with suppress(TimeoutError):
            async with asyncio.timeout(1_000 if last else port.random.uniform(0.05, 40)):
                await work.run()
    await asyncio.sleep(200)
    await port.finalized()
    landed: Counter[str] = Counter()
    for each in orders:
        (fact,) = log.outcomes[each.id]
        if isinstance(fact, MovementLanded):
            landed[fact.pot] += fact.amount_micro_usdc
    assert {id_.hex(): port.pots.held(id_, "finalized") for id_ in ids} == {
        id_.hex(): landed[id_.hex()] for id_ in ids
    }


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from([0, 30, 120]))
def test_a_pot_on_the_real_vm_holds_what_is_said_to_have_landed_to_the_micro(
    seed: int, permille: int
) -> None:
    """Whatever is dropped, forked away or cut off, each order has one outcome, and it is true."""
    run(story(seed, permille))
