"""The executor on a real Kafka, through the real connector, against the simulated platform."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from events.types import CommandApplied, CommandSuperseded
from tests.executor_kit import Desk, World, executing, world


@pytest.fixture
def desk(kafka: str, topic_name: str) -> Desk:
    """Give topics of its own to each test."""
    return Desk(kafka, topic_name)


def run(scene: Callable[[World], Awaitable[None]]) -> None:
    """Run a scene in a world of its own."""

    async def all_of_it() -> None:
        async with world() as here:
            await scene(here)

    asyncio.run(all_of_it())


def test_a_command_takes_effect_once_and_its_outcome_tells_so(desk: Desk) -> None:
    """Pause, resume and a budget: command, intent, write, look, outcome; each in one write."""

    async def scene(here: World) -> None:
        one, other = here.running()[:2]
        async with executing(desk.options, here.platforms):
            paused = desk.pause(here.account, one, here.budget(one))
            before = here.budget(other)
            spared = desk.budget(here.account, other, before, before * 2)
            found = await desk.until(2)
            assert here.status(one) == "paused"
            resumed = desk.resume(here.account, one)
            found = await desk.until(3)
        assert [type(found[command]) for command in (paused, spared, resumed)] == [CommandApplied] * 3
        assert here.writes(one) == [("paused", True), ("enabled", True)]
        assert here.writes(other) == [(before * 2, True)]

    run(scene)
