"""The executor on a real Kafka, through the real connector, against the simulated platform."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from events.dead_letters import from_headers
from events.types import CommandApplied, CommandFailed, CommandSuperseded, PauseCampaign
from proof.executor_mutations import MUTATIONS
from tests.executor_child import DIED
from tests.executor_kit import (
    PATIENCE_SECONDS,
    Desk,
    World,
    child,
    executing,
    plan,
    stopped,
    world,
)

OVER = {
    "reason": "over-budget",
    "day": "2026-11-20",
    "spent_micros": 2,
    "budget_micros": 1,
    "limit_micros": 1,
    "currency": "USD",
}


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


def test_a_pause_decided_before_our_own_budget_landed_holds_after_a_restart(desk: Desk) -> None:
    """The next executor knows from the log which budget we set; a person's is still a person's."""

    async def scene(here: World) -> None:
        one, other = here.running()[:2]
        before, theirs = here.budget(one), here.budget(other)
        async with executing(desk.options, here.platforms):
            desk.budget(here.account, one, before, before * 2)
            await desk.until(1)
        here.edit(other, "budget", theirs * 2)
        ours = desk.pause(here.account, one, before)
        foreign = desk.pause(here.account, other, theirs)
        async with executing(desk.options, here.platforms):
            found = await desk.until(3)
        assert isinstance(found[ours], CommandApplied)
        assert isinstance(found[foreign], CommandSuperseded)
        assert found[foreign].reason == "foreign-edit"
        assert (here.status(one), here.status(other)) == ("paused", "enabled")

    run(scene)


def test_a_budget_below_the_platforms_minimum_fails_at_once_in_its_words(desk: Desk) -> None:
    """Trying again would not mend it; whoever decides hears why."""

    async def scene(here: World) -> None:
        campaign = here.running()[0]
        before = here.budget(campaign)
        async with executing(desk.options, here.platforms):
            command = desk.budget(here.account, campaign, before, 19_000_000)
            found = await desk.until(1)
        assert isinstance(found[command], CommandFailed)
        assert found[command].reason == "invalid-request"
        assert "at least 20" in found[command].detail
        assert here.budget(campaign) == before

    run(scene)


STEPS = ("looked", "intended", "written", "read-back", "told")


@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_dies_a_command_takes_effect_once(desk: Desk, step: str) -> None:
    """Around the intent, behind the write, before and behind the outcome: the next one finishes."""

    async def scene(here: World) -> None:
        campaign = here.running()[0]
        command = desk.pause(here.account, campaign, here.budget(campaign))
        first = await child(plan(desk, here, step=step))
        assert await first.wait() == DIED
        async with executing(desk.options, here.platforms):
            found = await desk.until(1)
        assert isinstance(found[command], CommandApplied)
        assert here.writes(campaign) == [("paused", True)]
        assert [event.envelope.id for event in desk.outcomes()] == [f"{command}.outcome"]

    run(scene)


def test_an_edit_by_a_person_after_our_write_stands(desk: Desk) -> None:
    """The executor dies behind its write, a person lets the campaign run again: that is not written over."""

    async def scene(here: World) -> None:
        campaign = here.running()[0]
        command = desk.pause(here.account, campaign, here.budget(campaign))
        first = await child(plan(desk, here, step="written"))
        assert await first.wait() == DIED
        here.edit(campaign, "status", "enabled")
        async with executing(desk.options, here.platforms):
            found = await desk.until(1)
        assert isinstance(found[command], CommandSuperseded)
        assert found[command].reason == "foreign-edit"
        assert here.status(campaign) == "enabled"
        assert here.writes(campaign) == [("paused", True)]

    run(scene)


def test_without_a_durable_intent_before_the_write_a_death_would_be_taken_for_a_person(desk: Desk) -> None:
    """The safeguard switched off: who comes next cannot know that the pause was ours."""

    async def scene(here: World) -> None:
        campaign = here.running()[0]
        command = desk.pause(here.account, campaign, here.budget(campaign))
        first = await child(plan(desk, here, step="written", mutation="write-before-the-intent"))
        assert await first.wait() == DIED
        async with executing(desk.options, here.platforms):
            found = await desk.until(1)
        assert here.writes(campaign) == [("paused", True)]
        assert isinstance(found[command], CommandSuperseded)

    run(scene)


def test_without_a_look_before_a_repeated_write_a_person_would_be_written_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The safeguard switched off: the campaign that a person has started again is paused again."""

    async def scene(here: World) -> None:
        campaign = here.running()[0]
        desk.pause(here.account, campaign, here.budget(campaign))
        first = await child(plan(desk, here, step="written"))
        assert await first.wait() == DIED
        here.edit(campaign, "status", "enabled")
        MUTATIONS["repeat-without-a-look"](monkeypatch.setattr)
        async with executing(desk.options, here.platforms):
            await desk.until(1)
        assert here.writes(campaign) == [("paused", True), ("paused", True)]

    run(scene)


def test_trouble_on_the_way_changes_nothing_about_the_effect(desk: Desk) -> None:
    """An answer lost after the write took effect, a reset before it, a limit, a sick server: one effect."""

    async def scene(here: World) -> None:
        campaigns = here.running()[:4]
        writes = "campaign/status/update/"
        for number, campaign in enumerate(campaigns):
            fault = ({"kind": "lost"}, {"kind": "reset"}, {"kind": "code", "code": 40100}, {"kind": "code"})[
                number
            ]
            here.trouble(endpoint=writes, count=1, **fault)
            async with executing(desk.options, here.platforms):
                command = desk.pause(here.account, campaign, here.budget(campaign))
                found = await desk.until(number + 1)
            assert isinstance(found[command], CommandApplied)
            assert [write for write in here.writes(campaign) if write[1]] == [("paused", True)]
            assert found[command].attempts == (1 if fault["kind"] == "lost" else 2)

    run(scene)


def test_who_waits_holds_up_nobody_and_nothing_is_done_again(kafka: str, topic_name: str) -> None:
    """One account's platform is in trouble; those behind it are done, and stay done when all starts again."""
    desk = Desk(kafka, topic_name, partitions=1)

    async def scene(here: World) -> None:
        blocked, other = here.accounts[:2]
        stuck, free = here.running(blocked)[0], here.running(other)[0]
        here.trouble(kind="code", account=blocked)
        async with executing(desk.options, here.platforms):
            waits = desk.pause(blocked, stuck, here.budget(stuck, blocked))
            done = desk.pause(other, free, here.budget(free, other))
            found = await desk.until(1)
            assert list(found) == [done]
        here.simulator.running.change("person", "status", other, free, "enabled")
        here.simulator.faults.remove()
        async with executing(desk.options, here.platforms):
            found = await desk.until(2)
            later = desk.resume(blocked, stuck)
            found = await desk.until(3)
        assert isinstance(found[waits], CommandApplied)
        assert isinstance(found[later], CommandApplied)
        assert here.status(free, other) == "enabled"
        assert [event.envelope.causation_id for event in desk.outcomes()] == [done, waits, later]

    run(scene)


def test_what_is_late_replaced_or_unreadable_is_passed_in_words(desk: Desk) -> None:
    """Expired, replaced by a newer one, of an unknown platform, no command at all: nothing is written."""

    async def scene(here: World) -> None:
        one, other = here.running()[:2]
        late = desk.pause(here.account, one, here.budget(one), not_after_ms=1)
        replaced = desk.pause(here.account, other, here.budget(other))
        newer = desk.resume(here.account, other)
        wish = PauseCampaign(campaign="1", order=9, decided_ms=0, not_after_ms=10**13, **OVER)
        nowhere = desk.send("1", wish, platform="elsewhere")
        desk.send_raw(b"key", b"{", [("ce_id", b"1"), ("other", b"header")])
        async with executing(desk.options, here.platforms):
            found = await desk.until(4)
            last = desk.pause(here.account, one, here.budget(one))
            found = await desk.until(5)
        reasons = {id_: getattr(fact, "reason", None) for id_, fact in found.items()}
        assert (reasons[late], reasons[replaced], reasons[newer]) == (
            "expired",
            "newer-command",
            "already-so",
        )
        assert (reasons[nowhere], reasons[last]) == ("not-configured", None)
        (parked,) = desk.records(desk.topics.dead_letters)
        assert (parked.key(), parked.value()) == (b"key", b"{")
        assert from_headers(parked.headers()).reason == "no-envelope"
        assert here.writes(other) == []

    run(scene)


@pytest.mark.parametrize("step", ["looked", "intended"])
def test_who_was_replaced_while_it_stood_still_writes_nothing(desk: Desk, step: str) -> None:
    """A stopped executor loses its commands; another does them; woken up, the first one finds out in time."""

    async def scene(here: World) -> None:
        campaign = here.running()[0]
        command = desk.pause(here.account, campaign, here.budget(campaign))
        told = plan(desk, here, step=step, slot="zombie", is_stopped=True, session_timeout_ms=1_500)
        zombie = await child(told)
        await stopped(zombie)
        async with executing(replace(desk.options, session_timeout_ms=1_500), here.platforms):
            found = await desk.until(1)
            assert isinstance(found[command], CommandApplied)
            here.edit(campaign, "status", "enabled")
            os.kill(zombie.pid, signal.SIGCONT)
            async with asyncio.timeout(PATIENCE_SECONDS):
                # Its intent is refused, or it hears that its commands are no longer its own.
                assert zombie.stdout is not None
                await zombie.stdout.readline()
            if zombie.returncode is None:
                zombie.kill()
            await zombie.wait()
        assert here.status(campaign) == "enabled"
        assert here.writes(campaign) == [("paused", True)]
        assert len(desk.outcomes()) == 1

    run(scene)
