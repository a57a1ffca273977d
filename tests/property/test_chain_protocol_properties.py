"""Money among lost answers, forks, lagging endpoints, rival movements and deaths at any step, in no time."""

from __future__ import annotations

import asyncio
import hashlib
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.types import MovementFailed, MovementLanded
from tests.chain_model import WITHDRAW, Faults, ModelChain
from tests.chain_work_kit import KEYS, Scene, fund, pause, resume, settle
from tests.virtual_time import LoopTime, run

if TYPE_CHECKING:
    from chain.executor.order import Order
    from events.types.fact import Fact

POTS = 3
MOVEMENTS = 8
LIVES_MAX = 400
PATIENCE_MS = (20_000, 65_000, 140_000, 1_800_000)

faults = st.builds(
    Faults,
    refuse=st.sampled_from([0, 50, 200]),
    lose=st.sampled_from([0, 100, 400]),
    drop=st.sampled_from([0, 300, 700]),
    late=st.sampled_from([0, 200, 500]),
    behind=st.sampled_from([0, 200]),
    fork=st.sampled_from([0, 5, 30]),
    die=st.sampled_from([0, 10, 40]),
)


class Clerk:
    """Gives orders as the treasury does: of a pot one movement at a time, each with the pot's next number."""

    def __init__(self, scene: Scene, seed: int, movements: int) -> None:
        self._scene = scene
        self._random = random.Random(seed)  # noqa: S311 - repeatable chance, no secret
        self._left = movements
        self._following: dict[str, int] = {}
        self._pots = [scene.chain.pot(f"pot {index}", KEYS, balance=3_000_000) for index in range(POTS)]
        scene.ended = self._ended

    def begin(self) -> None:
        """Give each pot its first order."""
        for pot in self._pots:
            self._next(pot)

    def _next(self, pot: bytes) -> None:
        if self._left == 0:
            return
        self._left -= 1
        number = len(self._scene.orders)
        sequence = self._following.get(pot.hex(), 64)
        wish = self._random.choice([fund, fund, fund, settle])(
            pot,
            sequence,
            self._random.randint(1, 2_000_000),
            movement_id=f"movement {number}",
            not_after_ms=LoopTime().now_ms() + self._random.choice(PATIENCE_MS),
        )
        self._scene.want(wish)
        if self._random.random() < 0.2:
            self._scene.want(self._random.choice([pause, resume])(pot, number + 1, wish.not_after_ms))

    def _ended(self, order: Order, fact: Fact) -> None:
        if isinstance(fact, MovementLanded):
            self._following[fact.pot] = fact.sequence + 1
        elif isinstance(fact, MovementFailed) and fact.next_sequence is not None:
            self._following[fact.pot] = fact.next_sequence
        if isinstance(fact, MovementLanded | MovementFailed):
            self._next(bytes.fromhex(order.wish.pot))

    async def rival(self) -> None:
        """Let a pot's authority take a number now and then."""
        for number in range(self._random.randint(0, 4)):
            await asyncio.sleep(self._random.randint(0, 120))
            pot = self._random.choice(self._pots)
            hash_ = hashlib.sha256(b"rival %d" % number).digest()
            self._scene.chain.do(
                f"rival {number}",
                lambda pots, slot, pot=pot, hash_=hash_: pots[pot].move(
                    WITHDRAW, pots[pot].following, hash_, 1, slot
                ),
            )


async def story(seed: int, profile: Faults, broken: frozenset[str] = frozenset()) -> Scene:
    """Let executors live and die until every order has its outcome, at times two of them at once."""
    scene = Scene(ModelChain(seed, profile))
    scene.chain.broken = set(broken)
    clerk = Clerk(scene, seed, MOVEMENTS)
    clerk.begin()
    rival = asyncio.create_task(clerk.rival())
    zombies = []
    for life in range(LIVES_MAX):
        if life == LIVES_MAX // 2:
            scene.chain.faults = Faults()
        if scene.chain.random.random() < 0.3:
            zombies.append(asyncio.create_task(scene.live(1_000)))
            await asyncio.sleep(scene.chain.random.randint(1, 90))
        if await scene.live(scene.chain.random.randint(1, 100_000)):
            break
    await rival
    await asyncio.gather(*zombies)
    return scene


async def found(seed: int, profile: Faults, broken: frozenset[str] = frozenset()) -> list[str]:
    """Return what is wrong at a story's end."""
    scene = await story(seed, profile, broken)
    return await scene.verdict()


@settings(max_examples=80)
@given(st.integers(0, 2**32), faults)
def test_whatever_happens_money_moves_once_for_each_order_that_is_said_to_have_landed(
    seed: int, profile: Faults
) -> None:
    """One outcome each; what landed moved once, what failed never; nothing signed beside what may land."""
    assert run(found(seed, profile)) == []


@pytest.mark.parametrize("broken", ["finalized", "height"])
def test_these_stories_notice_a_chain_that_is_misread(broken: str) -> None:
    """Processed state taken for finalized, or slots for heights: some story ends wrong."""
    profile = Faults(lose=100, drop=700, late=200, fork=30, die=10)
    assert any(run(found(seed, profile, frozenset({broken}))) for seed in range(100))
