"""The chain executor on a real Kafka, moving money on the local chain, with the real work of clients."""

import asyncio
from dataclasses import replace

import pytest

from chain.executor.rates import Rate
from events.types import (
    AttemptSigned,
    FxRateSet,
    MovementFailed,
    MovementLanded,
    PotMoved,
    PotsObserved,
    PotSwitched,
)
from tests.chain_executor_kit import CLIENT, DOLLAR, PATIENCE_SECONDS, Desk, Scene, executing, killed, options


@pytest.fixture
def desk(kafka: str, topic_name: str) -> Desk:
    """Give topics of its own to each test."""
    return Desk(kafka, topic_name)


def test_an_order_moves_money_once_and_everything_about_it_is_told(desk: Desk) -> None:
    """Order, intent, transaction, outcome; then what the pot remembers, and how all of it is."""

    async def run() -> None:
        scene = Scene()
        desk.open(scene.opened())
        async with scene.running(), executing(desk.options, scene.ground):
            order = desk.order(scene.fund(0, 0, 25 * DOLLAR))
            (landed,) = await desk.until(1, MovementLanded)
            (moved,) = await desk.until(1, PotMoved)
            await desk.until(2, PotsObserved)
        assert scene.funded() == 25 * DOLLAR
        assert (landed.envelope.id, landed.envelope.causation_id) == (f"{order}.outcome", order)
        assert (landed.envelope.subject, landed.envelope.correlation_id) == (CLIENT, "why")
        (signed,) = desk.read(desk.topics.attempts, AttemptSigned)
        assert signed.data.signature == landed.data.signature
        assert moved.data.seen.amount_micro_usdc == 25 * DOLLAR
        assert moved.envelope.id == f"pot.{scene.pots[0].pot}.{scene.pots[0].first_sequence}"
        observed = desk.read(desk.topics.outcomes, PotsObserved)[-1].data
        assert [one.balance_micro_usdc for one in observed.pots] == [25 * DOLLAR]
        assert observed.is_whole

    asyncio.run(run())


def test_settlements_and_pauses_land_and_clients_hear_what_currencies_are_worth(desk: Desk) -> None:
    """All kinds of orders, one after the other in a pot; rates go to clients that have pots."""

    async def run() -> None:
        scene = Scene()
        desk.open(scene.opened())
        given = desk.options
        given = replace(given, watch=replace(given.watch, rates=(Rate("EUR", 1_083_200_000),)))
        async with scene.running(), executing(given, scene.ground):
            desk.order(scene.fund(0, 0, 25 * DOLLAR))
            desk.order(scene.settle(0, 1, 10 * DOLLAR))
            await desk.until(2, MovementLanded)
            desk.order(scene.pause(0))
            (switched,) = await desk.until(1, PotSwitched)
            refused = desk.order(scene.fund(0, 2, DOLLAR))
            (failed,) = await desk.until(1, MovementFailed)
            (rate,) = await desk.until(1, FxRateSet)
        assert switched.data.is_paused
        assert (failed.envelope.causation_id, failed.data.reason) == (refused, "pot-paused")
        assert scene.local.tokens(scene.local.settlement) == 10 * DOLLAR
        assert (rate.data.currency, rate.data.nano_usdc, rate.data.source) == (
            "EUR",
            1_083_200_000,
            "settings",
        )

    asyncio.run(run())


def test_killed_between_intent_and_send_the_next_one_sends_the_same_bytes(desk: Desk) -> None:
    """What was signed is on the log, so nothing has to be signed anew, and the money moves once."""

    async def run() -> None:
        scene, at = Scene(), asyncio.Event()
        desk.order(scene.fund(0, 0, 25 * DOLLAR))

        async def stand_still() -> None:
            at.set()
            await asyncio.Event().wait()

        async with scene.running():
            scene.chain.on_send = stand_still
            await killed(desk.options, scene.ground, at)
            assert (scene.chain.sent, scene.funded()) == ([], 0)
            scene.chain.on_send = None
            async with executing(desk.options, scene.ground):
                (landed,) = await desk.until(1, MovementLanded)
        (signed,) = desk.read(desk.topics.attempts, AttemptSigned)
        assert landed.data.signature == signed.data.signature
        assert scene.funded() == 25 * DOLLAR

    asyncio.run(run())


def test_killed_behind_the_send_the_next_one_tells_the_outcome(desk: Desk) -> None:
    """The money has moved, or will: by the bytes that are on the log, and by none but them."""

    async def run() -> None:
        scene, at = Scene(), asyncio.Event()
        desk.order(scene.fund(0, 0, 25 * DOLLAR))
        send = scene.chain.send

        async def then_stand_still(raw: bytes) -> None:
            await send(raw)
            at.set()
            await asyncio.Event().wait()

        async with scene.running():
            scene.chain.send = then_stand_still  # type: ignore[method-assign] # the executor dies here
            await killed(desk.options, scene.ground, at)
            scene.chain.send = send  # type: ignore[method-assign] # as it was
            async with executing(desk.options, scene.ground):
                await desk.until(1, MovementLanded)
        assert len(desk.read(desk.topics.outcomes, MovementLanded)) == 1
        assert len(desk.read(desk.topics.attempts, AttemptSigned)) == 1
        assert scene.funded() == 25 * DOLLAR

    asyncio.run(run())


def test_two_executors_share_clients_and_move_every_order_once(desk: Desk, kafka: str) -> None:
    """A second one joins while orders are under way, and the first one leaves."""

    async def run() -> None:
        scene = Scene()
        other = options(kafka, desk.options.group, "1")
        clients = ("acme", "globex", "initech")
        async with scene.running(), executing(other, scene.ground):
            async with executing(desk.options, scene.ground):
                for number in range(2):
                    for nth, client in enumerate(clients):
                        desk.order(scene.fund(nth, number, DOLLAR), client)
                await desk.until(3, MovementLanded)
            for nth, client in enumerate(clients):
                desk.order(scene.fund(nth, 2, DOLLAR), client)
            await desk.until(9, MovementLanded)
        assert [scene.funded(nth) for nth in range(3)] == [3 * DOLLAR] * 3
        causes = [event.envelope.causation_id for event in desk.read(desk.topics.outcomes, MovementLanded)]
        assert len(set(causes)) == len(causes) == 9

    asyncio.run(run())


def test_a_drain_leaves_what_is_under_way_to_the_next(desk: Desk) -> None:
    """The chain takes half a minute to be sure, and nobody has to wait for that."""

    async def run() -> None:
        scene, at = Scene(), asyncio.Event()
        scene.local.chain.advance(20)

        async def note() -> None:
            at.set()

        scene.chain.on_send = note
        async with executing(desk.options, scene.ground):
            desk.order(scene.fund(0, 0, 25 * DOLLAR))  # no block comes here, so it cannot land
            async with asyncio.timeout(PATIENCE_SECONDS):
                await at.wait()
        assert desk.read(desk.topics.outcomes, MovementLanded) == []
        async with scene.running(), executing(desk.options, scene.ground):
            await desk.until(1, MovementLanded)
        assert scene.funded() == 25 * DOLLAR

    asyncio.run(run())
