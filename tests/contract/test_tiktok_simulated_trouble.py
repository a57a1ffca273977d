from typing import Literal

import pytest
from pydantic import SecretStr

from connectors.errors import (
    AuthExpired,
    AuthRevoked,
    Forbidden,
    PlatformError,
    RateLimited,
    Transient,
)
from connectors.local_days import local_day
from connectors.ports import Account
from simulator.faults import Fault
from simulator.quota import Quota
from tests.simulator_kit import NOON_MS
from tests.tiktok_scene import Scene, act, connect

FAULTS: list[tuple[Fault, type[PlatformError]]] = [
    (Fault(kind="html"), Transient),
    (Fault(kind="reset"), Transient),
    (Fault(kind="half-json"), Transient),
    (Fault(kind="lost"), Transient),
    (Fault(kind="code", code=40001), Forbidden),
    (Fault(kind="code", code=40102), AuthExpired),
    (Fault(kind="code", code=40105), AuthRevoked),
    (Fault(kind="code", code=40100), RateLimited),
    (Fault(kind="code", code=60001), Transient),
]


@pytest.mark.parametrize(("fault", "error"), FAULTS)
def test_trouble_is_told_as_what_it_is_in_reads_and_writes(fault: Fault, error: type[PlatformError]) -> None:
    """And the next call works again."""

    async def play(at: Scene) -> None:
        account = at.accounts[0]
        ours = await at.platform.validate(account)
        day = local_day(ours.time_zone, at.time.now_ms())
        campaign = (await at.campaigns())[0].campaign
        for call in (
            lambda: at.platform.validate(account),
            lambda: at.platform.list_campaigns(account),
            lambda: at.platform.read_hours(ours, day),
            lambda: at.platform.read_days(ours, day.day, day.day),
            lambda: at.platform.pause(account, [campaign]),
        ):
            number = at.simulator.faults.add(fault)
            with pytest.raises(error):
                await call()
            at.simulator.faults.remove(number)
            at.time.at_ms += 600_000
            await at.platform.validate(account)

    act(play)


@pytest.mark.parametrize("kind", ["half-page", "wrong-total"])
def test_a_list_with_rows_missing_is_no_list(kind: Literal["half-page", "wrong-total"]) -> None:
    """Half of an answer never looks like all of it."""

    async def play(at: Scene) -> None:
        ours = await at.platform.validate(at.accounts[0])
        day = local_day(ours.time_zone, at.time.now_ms())
        at.simulator.faults.add(Fault(kind=kind))
        for call in (
            at.campaigns,
            lambda: at.platform.read_hours(ours, day),
            lambda: at.platform.read_days(ours, day.day, day.day),
        ):
            with pytest.raises(Transient):
                await call()

    act(play)


def test_a_write_whose_answer_is_lost_has_taken_effect_all_the_same() -> None:
    """That is why a write in doubt is looked at before it is made again."""

    async def play(at: Scene) -> None:
        account, campaign = at.accounts[0], (await at.campaigns())[0].campaign
        at.simulator.faults.add(Fault(kind="lost", count=1))
        with pytest.raises(Transient):
            await at.platform.pause(account, [campaign])
        [now] = await at.platform.list_campaigns(account, [campaign])
        assert now.status == "paused"

    act(play)


def test_another_currency_is_passed_on_as_it_is_told() -> None:
    """Whoever counts decides what to do about it."""

    async def play(at: Scene) -> None:
        at.simulator.faults.add(Fault(kind="currency", currency="GBP"))
        assert (await at.platform.validate(at.accounts[0])).currency == "GBP"

    act(play)


def test_an_account_that_is_not_ours_is_forbidden_and_not_empty() -> None:
    """An account that vanishes has not spent nothing."""

    async def play(at: Scene) -> None:
        stranger = Account("42", "Who", "USD", "UTC")
        for call in (
            lambda: at.platform.validate("42"),
            lambda: at.platform.list_campaigns("42"),
            lambda: at.platform.read_hours(stranger, local_day("UTC", NOON_MS)),
            lambda: at.platform.pause("42", ["1"]),
        ):
            with pytest.raises(Forbidden):
                await call()

    act(play)


def test_a_wrong_token_has_to_be_authorised_again() -> None:
    """No patience helps."""

    async def play(at: Scene) -> None:
        with pytest.raises(AuthRevoked):
            await at.platform.validate(at.accounts[0])

    act(play, access_token=SecretStr("another"))


def test_within_its_quota_the_connector_is_never_refused() -> None:
    """It waits for its turn, so a hundred and more calls find room in minutes of the platform's."""
    tier = Quota(5, 40, 1_000)

    async def play(at: Scene) -> None:
        began_ms = at.time.now_ms()
        for _ in range(130):
            await at.platform.validate(at.accounts[0])
        assert at.time.now_ms() - began_ms >= 3 * 60_000

    act(play, quota=tier, requests_per_second=5, requests_per_minute=40, requests_per_day=1_000)


def test_whoever_is_refused_comes_back_when_it_said_and_is_let_in() -> None:
    """Others use the same app, so the platform's second, and then its minute, is full before ours."""

    async def play(at: Scene) -> None:
        scopes = list[str]()
        for _ in range(200):
            try:
                await at.platform.validate(at.accounts[0])
            except RateLimited as limited:
                scopes.append(limited.scope)
                at.time.at_ms = limited.retry_at_ms
                # The first call after that is let in.
                await at.platform.validate(at.accounts[0])
        assert set(scopes) == {"second"}

    act(play, quota=Quota(2, 1_000, 100_000))


def test_a_minute_that_others_have_filled_is_waited_out() -> None:
    """After a second the platform refuses again, so it was not the second that was full."""

    async def play(at: Scene) -> None:
        others = connect(at.simulator, at.time)
        for _ in range(30):
            await others.validate(at.accounts[0])
        await others.close()
        scopes = list[str]()
        while len(scopes) < 3:
            try:
                await at.platform.validate(at.accounts[0])
                break
            except RateLimited as limited:
                scopes.append(limited.scope)
                at.time.at_ms = limited.retry_at_ms
        assert scopes == ["second", "minute"]

    act(play, quota=Quota(1_000, 30, 100_000))
