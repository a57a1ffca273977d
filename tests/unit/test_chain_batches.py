"""Which orders go together, and how one that is refused is found without holding up the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chain.executor.batches import halves, unix_day
from events.types import AttemptSigned, MovementFailed, MovementLanded
from tests.chain_model import Faults, ModelChain, Sent, custom
from tests.chain_work_kit import KEYS, Scene, fund, settle
from tests.virtual_time import run

if TYPE_CHECKING:
    from chain.executor.order import Order


def scene_with(count: int, **changes: Any) -> tuple[Scene, list[Order]]:  # noqa: ANN401 - any of the model's pot
    """Return a scene with as many pots, each to be funded; `changes` are made to the fourth."""
    scene = Scene(ModelChain(7))
    pots = [scene.chain.pot(f"pot {number}", KEYS) for number in range(count)]
    for name, value in changes.items():
        setattr(scene.chain.genesis[pots[3]], name, value)
    return scene, [scene.want(fund(pot, 64)) for pot in pots]


def reasons(scene: Scene, orders: list[Order]) -> dict[int, str]:
    """Return why which orders failed."""
    facts = {index: scene.outcome(order) for index, order in enumerate(orders)}
    return {index: fact.reason for index, fact in facts.items() if isinstance(fact, MovementFailed)}


def test_fundings_go_together_and_settlements_alone() -> None:
    """As many fundings as fit without a lookup table, which are seven."""

    async def main() -> None:
        scene, _ = scene_with(9)
        rich = scene.chain.pot("rich", KEYS, balance=5_000_000)
        scene.want(settle(rich, 64))
        await scene.live()
        assert sorted(scene.told.sizes) == [1, 2, 7]
        assert await scene.verdict() == []

    run(main())


def test_one_that_would_be_refused_is_found_before_anything_is_signed_and_the_others_go() -> None:
    """It is tried out first: nobody waits for an expiry, and no fee is paid for it."""

    async def main() -> None:
        scene, orders = scene_with(7, cap=999_999)
        await scene.live()
        assert reasons(scene, orders) == {3: "pot-cap"}
        assert sum(scene.told.sizes) == 6
        assert sum(isinstance(scene.outcome(order), MovementLanded) for order in orders) == 6
        assert await scene.verdict() == []

    run(main())


def test_a_batch_that_the_chain_refuses_is_split_until_only_the_one_is_left() -> None:
    """It was fine when it was tried out: the pot is paused on its way, and then nothing of it moves."""

    async def main() -> None:
        scene, orders = scene_with(7)
        pot = bytes.fromhex(orders[3].wish.pot)
        scene.chain.faults = Faults(late=1_000)
        await scene.live(0.4)
        scene.chain.do("paused", lambda pots, _: setattr(pots[pot], "paused", 2))
        scene.chain.faults = Faults()
        await scene.live()
        assert reasons(scene, orders) == {3: "pot-paused"}
        assert scene.told.sizes[0] == 7
        assert max(scene.told.sizes[1:]) <= 3
        assert await scene.verdict() == []

    run(main())


def test_a_batch_is_sent_again_as_it_was_after_a_restart() -> None:
    """Its orders come back one by one from the log, and nothing new is signed for any of them."""

    async def main() -> None:
        scene, orders = scene_with(7)
        scene.chain.faults = Faults(drop=1_000)
        await scene.live(1)
        scene.chain.faults = Faults()
        await scene.live()
        assert scene.told.sizes == [7]
        assert {len(scene.log.attempts[order.id]) for order in orders} == {1}
        assert await scene.verdict() == []

    run(main())


def test_who_may_go_with_few_is_not_with_many() -> None:
    """An order whose batch was refused goes with half as many, and others are not made to."""

    async def main() -> None:
        scene, orders = scene_with(7)
        refused = AttemptSigned(orders[0].id, 1, "1" * 64, "cmF3", 0, 4, 0)
        scene.log.attempts[orders[0].id] = [refused]
        scene.chain.blocks.append((0, Sent("1" * 64, lambda *_: custom(6017), 2**62, 0)))
        await scene.live()
        assert sorted(scene.told.sizes) == [1, 6]

    run(main())


def test_a_chain_that_cannot_try_out_a_batch_is_asked_with_fewer() -> None:
    """Whatever is the matter with one of them, the others get their turn."""

    async def main() -> None:
        scene, orders = scene_with(4)
        poison = bytes.fromhex(str(getattr(orders[3].wish, "movement", "")))
        scene.chain.chokes_on = poison
        await scene.live(60)
        assert len(scene.log.outcomes) == 3
        assert scene.told.troubles

    run(main())


def test_halves_are_the_same_each_time() -> None:
    """The first has one more where they cannot be equal."""
    group: list[Any] = [1, 2, 3, 4, 5]
    assert halves(group) == ([1, 2, 3], [4, 5])


def test_a_day_is_counted_from_1970() -> None:
    """As the program counts it."""
    assert unix_day("1970-01-02") == 1
    assert unix_day("2026-02-01") == 20_485
