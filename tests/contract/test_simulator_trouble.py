from json import JSONDecodeError

import httpx
import pytest

from simulator.faults import Fault
from simulator.quota import Quota
from simulator.tiktok.front import ROOT
from tests.simulator_calls import CAMPAIGN, DAILY, HOURLY, LIST, REPORT, STATUS
from tests.simulator_kit import CALM, Caller, HandTime, play


def test_who_asks_too_often_is_told_to_wait() -> None:
    """Code 40100 and no hint of how long; it was not counted, and the next second is another one."""

    async def story(tiktok: Caller, time: HandTime) -> None:
        codes = [(await tiktok.get(LIST))["code"] for _ in range(4)]
        time.at_ms += 1_000
        assert [*codes, (await tiktok.get(LIST))["code"]] == [0, 0, 40100, 40100, 0]

    play(story, quota=Quota(per_second=2))


@pytest.mark.parametrize(
    "code", [40000, 40001, 40002, 40050, 40100, 40102, 40105, 40202, 50000, 50002, 60001]
)
def test_a_code_can_be_had_instead_of_an_effect(code: int) -> None:
    """Each of the platform's own, in the body."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.simulator.faults.add(Fault(kind="code", code=code, endpoint=STATUS, count=1))
        pause = {"campaign_ids": [CAMPAIGN], "operation_status": "DISABLE"}
        assert (await tiktok.post(STATUS, **pause))["code"] == code
        assert tiktok.simulator.journal.entries == []
        assert (await tiktok.post(STATUS, **pause))["code"] == 0

    play(story)


def test_an_account_can_vanish_for_a_while() -> None:
    """For as long as the fault says, and it alone."""

    async def story(tiktok: Caller, time: HandTime) -> None:
        until_ms = time.at_ms + 60_000
        tiktok.simulator.faults.add(Fault(kind="code", code=40001, account=tiktok.account, until_ms=until_ms))
        account = tiktok.account
        assert (await tiktok.get(LIST))["code"] == 40001
        assert (await tiktok.get("advertiser/info/", advertiser_ids=[account]))["code"] == 40001
        tiktok.account = list(tiktok.simulator.world.accounts)[1]
        assert (await tiktok.get(LIST))["code"] == 0
        tiktok.account = account
        time.at_ms = until_ms
        assert (await tiktok.get(LIST))["code"] == 0

    play(story)


def test_a_gateway_can_answer_html() -> None:
    """Instead of the platform, with a status of its own."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.simulator.faults.add(Fault(kind="html", count=1))
        answer = await tiktok.client.get(ROOT + LIST)
        assert answer.status_code == 502
        assert answer.text.startswith("<html>")

    play(story)


@pytest.mark.parametrize(("kind", "effects"), [("reset", 0), ("lost", 1)])
def test_a_connection_can_break_before_or_after_the_effect(kind: str, effects: int) -> None:
    """The client cannot tell one from the other."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.simulator.faults.add(Fault(kind=kind, count=1))  # type: ignore[arg-type] # from the list above
        with pytest.raises(httpx.TransportError):
            await tiktok.post(STATUS, campaign_ids=[CAMPAIGN], operation_status="DISABLE")
        assert len(tiktok.simulator.journal.entries) == effects
        assert (await tiktok.get(LIST))["code"] == 0

    play(story)


def test_half_an_answer_is_not_taken_for_told() -> None:
    """Half the JSON, half the rows, or a total that does not fit: no client could count that."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        faults, answered = tiktok.simulator.faults, tiktok.simulator.answered
        whole = (await tiktok.get(REPORT, **DAILY))["data"]
        told = len(answered.cells(hourly=False))
        assert told == len(whole["list"]) == 30 * 3
        faults.add(Fault(kind="half-page", count=1))
        half = (await tiktok.get(REPORT, **HOURLY))["data"]
        assert len(half["list"]) < half["page_info"]["total_number"]
        faults.add(Fault(kind="wrong-total", count=1))
        wrong = (await tiktok.get(REPORT, **HOURLY))["data"]
        assert len(wrong["list"]) < wrong["page_info"]["total_number"]
        faults.add(Fault(kind="half-json", count=1))
        with pytest.raises(JSONDecodeError):
            await tiktok.get(REPORT, **HOURLY)
        assert answered.cells(hourly=True) == []

    play(story)


def test_an_account_can_claim_another_currency() -> None:
    """What it says of money then is of no use to anybody."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.simulator.faults.add(Fault(kind="currency", currency="GBP", count=1))
        wanted = {"advertiser_ids": [tiktok.account]}
        row = (await tiktok.get("advertiser/info/", **wanted))["data"]["list"][0]
        assert row["currency"] == "GBP"
        row = (await tiktok.get("advertiser/info/", **wanted))["data"]["list"][0]
        assert row["currency"] == "USD"

    play(story)


def test_an_answer_can_take_longer_than_a_client_waits() -> None:
    """And the effect may come all the same."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.simulator.faults.add(Fault(kind="slow", delay_ms=60_000, count=1))
        with pytest.raises(httpx.ReadTimeout):
            await tiktok.client.get(ROOT + LIST, timeout=0.05)
        assert (await tiktok.get(LIST))["code"] == 0

    play(story)


def test_a_body_that_is_no_object_or_too_long_is_refused() -> None:
    """The simulator has limits too."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        for body in (b"", b"[]", b"{"):
            answer = await tiktok.client.post(ROOT + STATUS, content=body)
            assert answer.json()["code"] == 40002
        answer = await tiktok.client.post(ROOT + STATUS, content=b" " * 70_000)
        assert answer.status_code == 413

    play(story, CALM)
