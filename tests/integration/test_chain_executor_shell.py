"""What is around the work of clients, on a real Kafka: ownership, attempts, pots, unreadable records."""

import asyncio

import pytest

from chain.executor.executor import ChainExecutor
from events.dead_letters import from_headers
from events.types import MovementLanded, PotsObserved
from infra.commands.errors import Fenced
from infra.errors import CallAPerson
from infra.health import Health
from infra.world_time import WorldTime
from tests.chain_executor_kit import DOLLAR, PATIENCE_SECONDS, Desk, Scene, executing
from tests.chain_scripted_work import ADDRESS, Script


@pytest.fixture
def desk(kafka: str, topic_name: str) -> Desk:
    """Give topics of its own to each test."""
    return Desk(kafka, topic_name, partitions=1)


def test_everything_that_was_signed_for_an_open_order_comes_with_it(desk: Desk) -> None:
    """All of it and in its order, since any of it may have landed; what is done comes no more."""

    async def run() -> None:
        scene, first, second = Scene(), Script("acme", attempts=3), Script()
        open_, done = desk.order(scene.fund(0, 0, DOLLAR)), desk.order(scene.fund(1, 0, DOLLAR), "globex")
        async with executing(desk.options, scene.ground, first.make):
            await desk.until(1, MovementLanded)
        async with executing(desk.options, scene.ground, second.make):
            await desk.until(2, MovementLanded)
        assert sorted(first.given) == [(open_, ()), (done, ())]
        assert second.given == [(open_, (1, 2, 3))]

    asyncio.run(run())


def test_a_client_that_waits_holds_up_no_other(desk: Desk) -> None:
    """Those behind it in the same partition are done, and stay done when all starts again."""

    async def run() -> None:
        scene, first, second = Scene(), Script("acme"), Script()
        waits = desk.order(scene.fund(0, 0, DOLLAR))
        others = [desk.order(scene.fund(1, number, DOLLAR), "globex") for number in range(5)]
        async with executing(desk.options, scene.ground, first.make):
            found = await desk.until(5, MovementLanded)
        assert [event.envelope.causation_id for event in found] == others
        async with executing(desk.options, scene.ground, second.make):
            await desk.until(6, MovementLanded)
        assert [id_ for id_, _ in second.given] == [waits]

    asyncio.run(run())


def test_an_order_that_nobody_can_read_is_kept_whole_and_passed(desk: Desk) -> None:
    """Its movement stays open for the treasury, which raises an alert; the others go on."""

    async def run() -> None:
        scene, script = Scene(), Script()
        desk.send_raw(desk.topics.commands, b"acme", b"{", [("ce_id", b"1"), ("other", b"header")])
        behind = desk.order(scene.fund(0, 0, DOLLAR))
        async with executing(desk.options, scene.ground, script.make):
            (landed,) = await desk.until(1, MovementLanded)
        assert landed.envelope.causation_id == behind
        (parked,) = desk.records(desk.topics.dead_letters)
        assert (parked.key(), parked.value()) == (b"acme", b"{")
        assert from_headers(parked.headers()).reason == "no-envelope"

    asyncio.run(run())


def test_pots_are_watched_from_the_moment_they_are_opened_and_told_when_they_change(desk: Desk) -> None:
    """Two pots before the start, one after it; nothing new is nothing to tell."""

    async def run() -> None:
        scene, script = Scene(), Script()
        desk.open(scene.opened(0))
        desk.open(scene.opened(1))
        async with scene.running(), executing(desk.options, scene.ground, script.make):
            (two,) = await desk.until(1, PotsObserved)
            desk.open(scene.opened(2))
            (_, three) = await desk.until(2, PotsObserved)
            scene.local.mint(scene.local.treasury, DOLLAR)
            (_, _, richer) = await desk.until(3, PotsObserved)
        assert [len(one.data.pots) for one in (two, three, richer)] == [2, 3, 3]
        assert richer.data.treasury_micro_usdc == three.data.treasury_micro_usdc + DOLLAR
        assert len(desk.read(desk.topics.outcomes, PotsObserved)) == 3

    asyncio.run(run())


def test_a_table_that_was_made_is_known_at_the_next_start(desk: Desk) -> None:
    """However long ago it was: tables stand where the pots do, not among the attempts."""

    async def run() -> None:
        scene, first, second = Scene(), Script(), Script()
        first.makes_tables = True
        desk.order(scene.fund(0, 0, DOLLAR))
        async with executing(desk.options, scene.ground, first.make):
            await desk.until(1, MovementLanded)
        desk.order(scene.fund(0, 1, DOLLAR))
        async with executing(desk.options, scene.ground, second.make):
            await desk.until(2, MovementLanded)
        assert first.tables == {"acme": ()}
        assert [made.table for made in second.tables["acme"]] == [ADDRESS]

    asyncio.run(run())


def test_who_was_replaced_can_make_no_intent_durable(desk: Desk) -> None:
    """Another one has taken its place: what it would send now is refused before it is sent."""

    async def run() -> None:
        scene, first, second = Scene(), Script("acme"), Script()
        replaced = ChainExecutor(
            desk.options, scene.ground, WorldTime(), Health("chain-executor"), first.make
        )
        task = asyncio.create_task(replaced.run(lambda: None))
        order = desk.order(scene.fund(0, 0, DOLLAR))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await first.intended.wait()
        async with executing(desk.options, scene.ground, second.make):
            first.release.set()  # it goes on with another attempt
            with pytest.raises(Fenced):
                await task
            (landed,) = await desk.until(1, MovementLanded)
        assert landed.envelope.causation_id == order
        assert second.given == [(order, (1,))]

    asyncio.run(run())


def test_an_attempt_of_a_later_version_stops_the_executor_in_words(desk: Desk) -> None:
    """What was signed there may still land, so nothing is decided without it."""

    async def run() -> None:
        scene, script = Scene(), Script()
        id_ = f"{desk.topics.commands}.0.0.1".encode()
        headers = [("ce_id", id_), ("ce_type", b"attempt.signed"), ("ce_specversion", b"1.0")]
        headers += [("ce_source", b"somebody"), ("ce_subject", b"acme")]
        desk.order(scene.fund(0, 0, DOLLAR))
        desk.send_raw(desk.topics.attempts, b"acme", b"{}", headers)
        with pytest.raises(CallAPerson, match="cannot be read"):
            async with executing(desk.options, scene.ground, script.make):
                pass
        assert script.given == []

    asyncio.run(run())
