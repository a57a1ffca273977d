"""Executors that come late, are cut off, lack a key, or have much to do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from chain.addresses import pot_address
from chain.errors import NotConfigured, Unknown
from chain.executor.order import Order, read
from chain.executor.work import ClientWork
from events.codec import Event, encode
from events.errors import Unreadable
from events.types import MovementFailed, MovementLanded
from tests.chain_model import PROGRAM, WITHDRAW, Faults, ModelChain
from tests.chain_work_kit import (
    CLIENT,
    FUNDER,
    KEYS,
    NOT_AFTER_MS,
    KeySigner,
    Log,
    LogJournal,
    Scene,
    Told,
    fund,
    order,
    tools,
)
from tests.virtual_time import run

if TYPE_CHECKING:
    from solders.signature import Signature


async def landed_unseen() -> Scene:
    """Return a scene in which a funding has landed, and its executor died before it saw that."""
    scene = Scene(ModelChain(3))
    pot = scene.chain.pot("shoes", KEYS)
    scene.want(fund(pot, 64, not_after_ms=60_000))
    await scene.live(2)
    assert scene.log.attempts
    assert not scene.log.outcomes
    return scene


async def _late() -> None:
    scene = await landed_unseen()
    await asyncio.sleep(110)
    scene.chain.faults = Faults(behind=1_000)
    await scene.live(30)
    assert not scene.log.outcomes
    scene.chain.faults = Faults()
    await scene.live()
    assert isinstance(scene.outcome(scene.orders[0]), MovementLanded)
    assert await scene.verdict() == []


def test_an_endpoint_that_is_behind_says_nothing_about_what_has_not_landed() -> None:
    """Its pot has no such movement, and transaction and order are over: that is no verdict."""
    run(_late())


async def _forgotten() -> None:
    scene = await landed_unseen()
    pot = bytes.fromhex(scene.orders[0].wish.pot)
    scene.chain.pass_time()
    for number in range(40):
        id_ = bytes([number]) * 32
        scene.chain.do(
            f"rival {number}",
            lambda pots, slot, id_=id_: pots[pot].move(WITHDRAW, pots[pot].following, id_, 1, slot),
        )
    await asyncio.sleep(200)
    scene.chain.faults = Faults(behind=1_000)
    await scene.live(10)
    scene.chain.faults = Faults()
    await scene.live()
    fact = scene.outcome(scene.orders[0])
    assert isinstance(fact, MovementLanded)
    assert fact.signature == scene.log.attempts[scene.orders[0].id][0].signature


def test_what_the_pot_has_forgotten_is_found_in_history() -> None:
    """Forty others have moved since; the chain's history still has our transaction."""
    run(_forgotten())


async def _rival_with_history_gone() -> None:
    scene = Scene(ModelChain(3))
    pot = scene.chain.pot("shoes", KEYS, balance=1_000)
    scene.want(fund(pot, 64))
    scene.chain.faults = Faults(drop=1_000)
    await scene.live(2)
    for number in range(40):
        id_ = bytes([number]) * 32
        scene.chain.do(
            f"rival {number}",
            lambda pots, slot, id_=id_: pots[pot].move(WITHDRAW, pots[pot].following, id_, 1, slot),
        )
    await scene.live(300)
    assert not scene.log.outcomes
    assert "does not remember" in scene.told.stucks[0]


def test_what_nobody_can_tell_stays_open_and_is_said() -> None:
    """The number is used, the pot has forgotten by what, and history does not show ours: a person decides."""
    run(_rival_with_history_gone())


class Failing(KeySigner):
    """A signer that is away at first."""

    failures = 3

    async def sign(self, message: bytes) -> Signature:
        """See the port."""
        if self.failures:
            self.failures -= 1
            raise Unknown("the signer gave no answer")
        return await super().sign(message)


async def _signer() -> None:
    chain = ModelChain(1)
    log, told = Log(), Told()
    given = order(fund(chain.pot("shoes", KEYS), 64))
    kit = tools(chain, LogJournal(log), told)
    work = ClientWork(CLIENT, replace(kit, funder=Failing(FUNDER)))
    work.add(given)
    await work.run()
    assert isinstance(log.outcomes[given.id][0], MovementLanded)
    assert [error.detail for error in told.troubles] == ["the signer gave no answer"] * 3


def test_a_signer_that_is_away_is_waited_for() -> None:
    """Each time it is visible, and nothing is lost."""
    run(_signer())


async def _keyless() -> None:
    chain = ModelChain(1)
    log, told = Log(), Told()
    given = order(fund(chain.pot("shoes", KEYS), 64))
    work = ClientWork(CLIENT, replace(tools(chain, LogJournal(log), told), funder=None))
    work.add(given)
    await work.run()
    (fact,) = log.outcomes[given.id]
    assert isinstance(fact, MovementFailed)
    assert fact.reason == "not-configured"
    assert isinstance(told.troubles[0], NotConfigured)
    assert asyncio.get_running_loop().time() * 1_000 > NOT_AFTER_MS
    assert "send" not in chain.calls


def test_without_a_key_an_order_waits_visibly_until_its_time_is_over() -> None:
    """Nothing was ever signed, so it is certain that nothing has moved."""
    run(_keyless())


async def _many() -> None:
    scene = Scene(ModelChain(1))
    for number in range(300):
        scene.want(fund(scene.chain.pot(f"pot {number}", KEYS), 64))
    scene.chain.faults = Faults(drop=1_000)
    await scene.live(20)
    assert len(scene.log.attempts) == 300
    scene.chain.calls.clear()
    scene.chain.faults = Faults()
    await scene.live()
    assert len(scene.log.outcomes) == 300
    # Every second a look at all of them, in hundreds, for the some 20 seconds until all is final.
    assert scene.chain.calls["snapshot"] <= 3 * 25
    assert scene.chain.calls["send"] <= (300 // 7 + 30) * 10
    assert scene.told.sizes.count(7) > 25


def test_many_open_orders_are_followed_by_calls_for_hundreds() -> None:
    """After a restart nothing is signed anew, and each round asks three times for a hundred pots."""
    run(_many())


async def _disputed() -> None:
    scene = Scene(ModelChain(1))
    pots = [scene.chain.pot(f"pot {number}", KEYS) for number in range(9)]
    orders = [scene.want(fund(pot, 64)) for pot in pots]
    scene.chain.disputed = pot_address(PROGRAM, pots[4])
    await scene.live(60)
    assert [order.id in scene.log.outcomes for order in orders].count(False) == 1
    assert orders[4].id not in scene.log.outcomes
    scene.chain.disputed = None
    await scene.live()
    assert await scene.verdict() == []


def test_a_pot_that_endpoints_disagree_about_holds_up_no_other() -> None:
    """It waits until they agree, and those that were asked about with it do not."""
    run(_disputed())


async def _drained() -> None:
    chain = ModelChain(1)
    log = Log()
    work = ClientWork(CLIENT, tools(chain, LogJournal(log), Told()))
    work.add(order(fund(chain.pot("shoes", KEYS), 64)))
    running = asyncio.create_task(work.run())
    await asyncio.sleep(2)
    work.drain()
    await running
    assert log.attempts
    assert not log.outcomes


def test_a_drained_executor_leaves_what_is_under_way_to_the_next_one() -> None:
    """It is durable, so nobody waits for a minute until it is final."""
    run(_drained())


def written(given: Order) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return an order as a record."""
    return encode(Event(given.envelope, given.wish))


def test_an_order_is_read_with_its_place() -> None:
    """As it was written."""
    given = order(fund(bytes(32), 64))
    headers, body = written(given)
    assert read(headers, body, 0, 0) == given
    assert given.key == b"acme"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"movement_id": "m"}, None),
        ({"treasury": "1" * 44}, "fund.pot of"),
        ({"authority": "z" * 44}, "fund.pot of"),
    ],
)
def test_an_order_that_cannot_be_is_refused_when_it_is_read(change: dict[str, str], says: str | None) -> None:
    """So that none is ever met in the middle of the work."""
    wish = fund(bytes(32), 64, **change)
    headers, body = written(order(wish))
    if says is None:
        assert read(headers, body, 0, 0).wish == wish
        return
    with pytest.raises(Unreadable, match=says):
        read(headers, body, 0, 0)


def test_an_order_whose_movement_is_not_its_id_is_refused() -> None:
    """Else the pot would remember what nobody can find."""
    headers, body = written(order(fund(bytes(32), 64)))
    with pytest.raises(Unreadable, match="is not the hash of"):
        read(headers, body.replace(b'"movement_id":"0', b'"movement_id":"1'), 0, 0)
