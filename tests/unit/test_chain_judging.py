"""People's verdicts on movements: heard where the finalized chain can tell nothing, and nowhere else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from chain.executor.known import Known
from events.types import MovementFailed, MovementJudged, MovementLanded
from tests.chain_cases import ADDRESS, Letter, opened
from tests.chain_model import WITHDRAW, Faults, ModelChain
from tests.chain_work_kit import CLIENT, KEYS, OPTIONS, Scene, fund, pause
from tests.virtual_time import run

if TYPE_CHECKING:
    from typing import Literal

    from chain.executor.order import Order
    from chain.executor.tools import WorkOptions

FIRST = 64


def verdict(given: Order, word: Literal["landed", "failed"], pot: str | None = None) -> MovementJudged:
    """Return what Ana says of a movement."""
    return MovementJudged(
        movement_id=getattr(given.wish, "movement_id", ""),
        pot=given.wish.pot if pot is None else pot,
        verdict=word,
        by="ana",
        reason="the bank shows it",
        at_ms=1,
    )


def judge(scene: Scene, given: Order, word: Literal["landed", "failed"], pot: str | None = None) -> None:
    """Let Ana's verdict be read from the log."""
    judged = verdict(given, word, pot)
    scene.judged[CLIENT, judged.movement_id] = judged


async def stuck_scene(options: WorkOptions = OPTIONS) -> Scene:
    """Return a scene with a funding of which nothing tells any more what used its number."""
    scene = Scene(ModelChain(3), options)
    pot = scene.chain.pot("shoes", KEYS, balance=1_000)
    scene.want(fund(pot, FIRST))
    scene.chain.faults = Faults(drop=1_000)
    await scene.live(2)
    for number in range(40):
        id_ = bytes([number]) * 32
        scene.chain.do(
            f"rival {number}",
            lambda pots, slot, id_=id_: pots[pot].move(WITHDRAW, pots[pot].following, id_, 1, slot),
        )
    await scene.live(300)
    assert scene.told.stucks
    assert not scene.log.outcomes
    return scene


async def _failed() -> None:
    scene = await stuck_scene()
    (given,) = scene.orders
    judge(scene, given, "failed")
    assert await scene.live()
    fact = scene.outcome(given)
    assert isinstance(fact, MovementFailed)
    assert (fact.reason, fact.detail) == ("refused", "judged by ana: the bank shows it")
    assert fact.next_sequence == FIRST + 40
    assert await scene.verdict() == []


def test_what_is_judged_failed_ends_with_the_name_of_who_judged() -> None:
    """The treasury frees the money, and learns the pot's next number."""
    run(_failed())


async def _landed() -> None:
    scene = await stuck_scene()
    (given,) = scene.orders
    judge(scene, given, "landed")
    assert await scene.live()
    fact = scene.outcome(given)
    assert isinstance(fact, MovementLanded)
    assert (fact.signature, fact.sequence) == (None, FIRST)
    assert 0 < fact.slot <= scene.chain.final_slot


def test_what_is_judged_landed_has_no_signature_and_the_finalized_slot() -> None:
    """Nobody knows the transaction."""
    run(_landed())


async def _while_it_works() -> None:
    # So that it is the verdict that makes it look again, and not its own turn.
    scene = await stuck_scene(replace(OPTIONS, person_ms=10_000_000))
    (given,) = scene.orders
    living = asyncio.create_task(scene.live(5_000))
    await asyncio.sleep(100)
    assert not scene.log.outcomes
    judge(scene, given, "failed")
    # The first look after a verdict fails: that postpones it, and ends nothing.
    scene.chain.faults = Faults(behind=1_000)
    await asyncio.sleep(10)
    assert not scene.log.outcomes
    scene.chain.faults = Faults()
    assert await living
    assert isinstance(scene.outcome(given), MovementFailed)


def test_a_verdict_is_heard_while_the_executor_waits_for_it() -> None:
    """And another look comes first."""
    run(_while_it_works())


async def _for_another_pot() -> None:
    scene = await stuck_scene()
    (given,) = scene.orders
    judge(scene, given, "failed", pot="ab" * 32)
    assert not await scene.live(300)
    assert not scene.log.outcomes


def test_a_verdict_that_names_another_pot_is_not_heard() -> None:
    """Whoever wrote it meant something else."""
    run(_for_another_pot())


async def _can_still_land() -> None:
    scene = Scene(ModelChain(3))
    pot = scene.chain.pot("shoes", KEYS)
    given = scene.want(fund(pot, FIRST))
    judge(scene, given, "failed")
    assert await scene.live()
    fact = scene.outcome(given)
    assert isinstance(fact, MovementLanded)
    assert fact.signature is not None
    assert await scene.verdict() == []


def test_a_movement_that_the_chain_can_tell_of_is_not_judged_by_people() -> None:
    """It was judged failed before it was begun, and lands all the same."""
    run(_can_still_land())


async def _expired() -> None:
    scene = Scene(ModelChain(3))
    pot = scene.chain.pot("shoes", KEYS)
    given = scene.want(fund(pot, FIRST, not_after_ms=1_000))
    judge(scene, given, "landed")
    scene.chain.faults = Faults(drop=1_000)
    assert await scene.live()
    fact = scene.outcome(given)
    assert isinstance(fact, MovementFailed)
    assert fact.reason == "expired"


def test_a_movement_that_cannot_have_landed_is_not_judged_landed() -> None:
    """The ledger would have money in the pot that never was."""
    run(_expired())


async def _switch() -> None:
    scene = Scene(ModelChain(3))
    pot = scene.chain.pot("shoes", KEYS)
    given = scene.want(pause(pot))
    assert await scene.live()
    assert scene.outcome(given).TYPE == "pot.switched"


def test_pauses_are_nothing_to_be_judged() -> None:
    """They have no movement."""
    run(_switch())


def test_of_several_verdicts_the_one_that_came_last_counts() -> None:
    """Also for another client's movement of the same name; and pots stay known."""
    known, pot = Known(), "ab" * 32
    known.take(Letter(opened(pot, ADDRESS), "acme"))
    for client, word, at_ms in (("acme", "landed", 9), ("acme", "failed", 5), ("globex", "landed", 7)):
        fact = MovementJudged("m-1", pot, word, "ana", "", at_ms)  # type: ignore[arg-type]  # one of its words
        assert known.take(Letter(fact, client)) == client
    judged = [known.judgement(client, "m-1") for client in ("acme", "globex", "initech")]
    assert [one and one.verdict for one in judged] == ["failed", "landed", None]
    assert known.judgement("acme", "m-2") is None
    assert len(known.pots("acme")) == 1
