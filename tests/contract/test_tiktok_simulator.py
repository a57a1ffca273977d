import asyncio
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from connectors.errors import (
    InvalidRequest,
    Partial,
)
from connectors.local_days import HOUR_MS, local_day, local_day_of
from connectors.ports import Account, Platform
from connectors.tiktok import TikTok
from connectors.unconfigured import Unconfigured
from infra.settings.model import TikTokSettings
from simulator.server import Simulator
from simulator.world import World
from simulator.world.model import Account as TheirAccount
from simulator.world.model import Traits, WorldTerms
from simulator.world.timeline import Standing
from tests.simulator_kit import GENEROUS, HandTime, simulated
from tests.tiktok_scene import DAY_MS, Scene, act, connect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@pytest.mark.parametrize("kind", [TikTok, Unconfigured])
def test_a_platform_has_all_that_the_port_promises(kind: type) -> None:
    """Whoever is given one calls what it likes."""
    made = (
        Unconfigured("tiktok", "nothing")
        if kind is Unconfigured
        else TikTok(TikTokSettings(access_token=SecretStr("one")), HandTime())
    )
    members = {name for name in vars(Platform) if not name.startswith("_")} | set(Platform.__annotations__)
    assert {name for name in members if not hasattr(made, name)} == set()


def test_accounts_are_as_the_world_has_them() -> None:
    """With the currency and the time zone that everything else rests on."""

    async def play(at: Scene) -> None:
        for theirs in at.simulator.world.accounts.values():
            ours = await at.platform.validate(theirs.account)
            assert ours == Account(theirs.account, theirs.name, theirs.currency, theirs.time_zone)

    act(play)


def test_campaigns_are_as_the_world_has_them_also_removed_ones() -> None:
    """By whatever number of pages."""

    async def play(at: Scene) -> None:
        account = at.accounts[0]
        gone = (await at.campaigns())[0].campaign
        at.simulator.running.change("person", "status", account, gone, "removed")
        found = await at.campaigns()
        standings = at.simulator.world.standings(account)
        assert {(one.campaign, one.name, one.status, one.daily_budget_micros) for one in found} == {
            (campaign, its.name, its.status, its.budget_micros) for campaign, its in standings.items()
        }
        assert {one.campaign for one in found if one.status == "removed"} == {gone}
        assert await at.platform.list_campaigns(account, [gone, "42"]) == [
            one for one in found if one.campaign == gone
        ]

    act(play)
    act(play, page_size=1)


def test_spend_by_hour_and_by_day_is_what_the_world_reports() -> None:
    """To the micro, in every time zone, in each hour."""

    async def play(at: Scene) -> None:
        for account in at.accounts:
            ours = await at.platform.validate(account)
            today = local_day(ours.time_zone, at.time.now_ms())
            before = local_day(ours.time_zone, today.start_ms - 1)
            sums = {}
            for day in (before, today):
                rows = at.simulator.world.reported(account, day.day, at.time.now_ms())
                expected = {
                    (row.campaign, hour): micros
                    for row in rows
                    for hour, micros in enumerate(row.hours)
                    if micros
                }
                found = await at.platform.read_hours(ours, day)
                assert expected
                assert {(spend.campaign, spend.hour): spend.spend_micros for spend in found} == expected
                sums |= {(row.campaign, day.day): row.micros for row in rows}
            days = await at.platform.read_days(ours, before.day, today.day)
            assert {(spend.campaign, spend.day): spend.spend_micros for spend in days} == sums

    act(play)
    act(play, page_size=7)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-10-25"),
        ("Europe/Berlin", "2026-03-29"),
        ("Africa/Cairo", "2026-04-24"),
        ("America/Havana", "2026-11-01"),
        ("Asia/Kathmandu", "2026-10-25"),
    ],
)
def test_days_of_every_length_bring_all_that_was_spent(zone: str, day: str) -> None:
    """Each label finds its hour; of two hours with one label the first has both."""
    terms = WorldTerms(accounts=1, campaigns=1, lag_ms=0)
    home = TheirAccount("acme", "tiktok", "7100", "Home", "USD", zone)
    traits = Traits("c1", 1_000_000_000, 900, 12, 10)
    standing = Standing(name="C", status="enabled", budget_micros=1_000_000_000)
    bounds = local_day_of(zone, day)
    time = HandTime(bounds.end_ms + DAY_MS)

    async def run() -> None:
        async with Simulator(
            World(terms, [home], [("7100", traits, standing)]), time, quota=GENEROUS
        ) as simulator:
            platform = connect(simulator, time)
            [row] = simulator.world.reported("7100", day, time.now_ms())
            found = await platform.read_hours(await platform.validate("7100"), bounds)
            await platform.close()
        assert len(row.hours) * HOUR_MS == bounds.end_ms - bounds.start_ms
        assert sum(spend.spend_micros for spend in found) == row.micros
        ours = {spend.hour: spend.spend_micros for spend in found}
        alike = [hour for hour, micros in enumerate(row.hours) if ours.get(hour) == micros]
        # Of 25 hours two have one name: there the first has both, and the second is left out.
        assert len(row.hours) - len(alike) == (2 if len(row.hours) == 25 else 0)

    asyncio.run(run())


def test_writes_take_effect_and_are_seen_when_read_back() -> None:
    """And the platform's mark of the change moves."""

    async def play(at: Scene) -> None:
        account = at.accounts[0]
        before = (await at.campaigns())[0]
        steps: list[tuple[Callable[[], Awaitable[None]], str, int]] = [
            (
                lambda: at.platform.pause(account, [before.campaign]),
                "paused",
                before.daily_budget_micros or 0,
            ),
            (lambda: at.platform.set_budget(account, before.campaign, 77_770_000), "paused", 77_770_000),
            (lambda: at.platform.resume(account, [before.campaign]), "enabled", 77_770_000),
        ]
        marks = [before.mark]
        for write, status, budget in steps:
            at.time.at_ms += 60_000
            await write()
            [now] = await at.platform.list_campaigns(account, [before.campaign])
            assert (now.status, now.daily_budget_micros) == (status, budget)
            marks.append(now.mark)
        assert len(set(marks)) == 4

    act(play)


def test_a_write_that_works_for_some_says_for_which_it_does_not() -> None:
    """The others have taken effect."""

    async def play(at: Scene) -> None:
        account = at.accounts[0]
        good = (await at.campaigns())[0].campaign
        with pytest.raises(Partial) as partial:
            await at.platform.pause(account, [good, "42"])
        assert {name: type(why) for name, why in partial.value.failed.items()} == {"42": InvalidRequest}
        [now] = await at.platform.list_campaigns(account, [good])
        assert now.status == "paused"
        with pytest.raises(InvalidRequest):
            await at.platform.pause(account, ["42"])

    act(play)


def test_as_many_campaigns_as_the_port_says_can_be_written_in_one_call() -> None:
    """The limit that the connector tells is the platform's."""

    async def run() -> None:
        time = HandTime()
        terms = WorldTerms(accounts=1, campaigns=25, lag_ms=0)
        async with simulated(terms, time) as simulator:
            platform = connect(simulator, time)
            [account] = simulator.world.accounts
            ids = [one.campaign for one in await platform.list_campaigns(account)][: platform.writes_max]
            await platform.pause(account, ids)
            found = await platform.list_campaigns(account, ids)
            assert {one.status for one in found} == {"paused"}
            assert len(found) == platform.writes_max == 20
            await platform.close()

    asyncio.run(run())
