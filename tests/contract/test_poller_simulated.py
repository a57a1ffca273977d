import asyncio
from collections.abc import Awaitable, Callable

import pytest

from connectors.registry import open_platforms
from events.types import CampaignsObserved, PollFailed, SpendObserved
from infra.settings import Settings
from infra.settings.model import TikTokSettings
from simulator.faults import Fault
from simulator.pointing import values
from simulator.server import Simulator
from simulator.world import make
from tests.poller_kit import MINUTE_MS, Desk, Hands, facts
from tests.simulator_kit import CALM, GENEROUS, NOON_MS

HOURS, CAMPAIGNS, INFO = "report/integrated/get/", "campaign/get/", "advertiser/info/"
# The account of the simulated world that tests look at, and another of it.
BERLIN, TOKYO = "7001000000000000002", "7001000000000000003"


class Pair:
    """Two accounts of one simulated TikTok, each with its poller, by a time moved by hand."""

    def __init__(self, simulator: Simulator, time: Hands) -> None:
        self.simulator, self.time = simulator, time
        pointed = values(Settings(), simulator.url)
        settings = TikTokSettings(
            base_url=str(pointed["tiktok.base_url"]),
            access_token=pointed["tiktok.access_token"],  # type: ignore[arg-type] # pydantic takes the text
            requests_per_second=1_000,
            requests_per_minute=60_000,
        )
        self.platform = open_platforms(Settings(tiktok=settings), time)["tiktok"]  # type: ignore[arg-type] # of the same shape
        self.berlin = Desk(f"borealis/tiktok/{BERLIN}", platform=self.platform, time=time)
        self.tokyo = Desk(f"cumulus/tiktok/{TOKYO}", platform=self.platform, time=time)


def with_pair(act: Callable[[Pair], Awaitable[None]]) -> None:
    """Do something with a simulated TikTok that was read once."""

    async def run() -> None:
        time = Hands(NOON_MS)
        async with Simulator(make(CALM), time, quota=GENEROUS) as simulator:
            pair = Pair(simulator, time)
            await pair.berlin.begin()
            await pair.tokyo.begin()
            await act(pair)
            await pair.platform.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("kind", "endpoint"),
    [("html", HOURS), ("half-page", HOURS), ("half-json", CAMPAIGNS), ("wrong-total", CAMPAIGNS)],
)
def test_an_answer_that_is_not_whole_leaves_no_page(kind: str, endpoint: str) -> None:
    """Whatever is wrong with it: the log hears of the failure alone, and of everything once it is over."""

    async def act(pair: Pair) -> None:
        pair.simulator.faults.add(Fault(kind=kind, endpoint=endpoint))  # type: ignore[arg-type] # one of them
        said = await pair.berlin.until(pair.time.at_ms + 20 * MINUTE_MS)
        spoiled = SpendObserved if endpoint == HOURS else CampaignsObserved
        assert facts(said, spoiled) == []
        assert {failed.reason for failed in facts(said, PollFailed)} == {"transient"}
        pair.simulator.faults.remove()
        assert facts(await pair.berlin.until(pair.time.at_ms + 20 * MINUTE_MS), spoiled)

    with_pair(act)


def test_another_currency_is_published_as_the_platform_says_it() -> None:
    """The decider knows what the account is kept in, and parks it."""

    async def act(pair: Pair) -> None:
        pair.simulator.faults.add(Fault(kind="currency", endpoint=INFO, currency="GBP"))
        said = await pair.berlin.until(pair.time.at_ms + 20 * MINUTE_MS)
        assert facts(said, CampaignsObserved)[-1].currency == "GBP"

    with_pair(act)


def test_an_account_that_may_no_longer_be_read_is_told_and_the_other_is_read_on() -> None:
    """No page of it says zero."""

    async def act(pair: Pair) -> None:
        pair.simulator.faults.add(Fault(kind="code", code=40001, account=BERLIN))
        end_ms = pair.time.at_ms + 40 * MINUTE_MS
        said = await pair.berlin.until(end_ms)
        assert {type(event.data) for event in said} == {PollFailed}
        assert {failed.reason for failed in facts(said, PollFailed)} == {"forbidden"}
        assert facts(await pair.tokyo.until(end_ms + 20 * MINUTE_MS), SpendObserved)

    with_pair(act)


def test_a_campaign_that_is_renamed_and_then_moved() -> None:
    """First it has another name; then it is gone from here and there with the other account."""

    async def act(pair: Pair) -> None:
        running = pair.simulator.running
        campaign = next(iter(pair.simulator.world.standings(BERLIN)))
        running.change("person", "name", BERLIN, campaign, "Renamed")
        said = await pair.berlin.until(pair.time.at_ms + 20 * MINUTE_MS)
        assert "Renamed" in {one.name for one in facts(said, CampaignsObserved)[-1].campaigns}
        running.change("person", "move", BERLIN, campaign, TOKYO)
        said = await pair.berlin.until(pair.time.at_ms + 20 * MINUTE_MS)
        (left,) = [one for one in facts(said, CampaignsObserved)[-1].campaigns if one.campaign == campaign]
        assert left.status == "removed"
        said = await pair.tokyo.until(pair.time.at_ms + 20 * MINUTE_MS)
        (came,) = [one for one in facts(said, CampaignsObserved)[-1].campaigns if one.campaign == campaign]
        assert (came.name, came.status) == ("Renamed", "enabled")

    with_pair(act)
