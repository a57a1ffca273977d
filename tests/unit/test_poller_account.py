import asyncio

import pytest
from msgspec.structs import replace

from connectors.errors import (
    AuthRevoked,
    Forbidden,
    InvalidRequest,
    NotConfigured,
    PlatformError,
    RateLimited,
    Transient,
)
from connectors.ports import HourSpend
from events.types import CampaignsObserved, PollCompleted, PollFailed, SpendObserved
from tests.poller_kit import (
    DAY,
    HOUR_MS,
    LAG_MS,
    MINUTE_MS,
    NOON_MS,
    Desk,
    campaign,
    facts,
)

HTML = Transient("shop", "the answer is HTML")
HALF = Transient("shop", "12 of 40 rows came")
A, B = HourSpend("a", 1, 10_000_000), HourSpend("b", 11, 20_000_000, 7, 3, 1)


def desk_of(**hours: list[HourSpend]) -> Desk:
    """Give an account with spend on some days of November."""
    desk = Desk()
    for day, rows in hours.items():
        desk.shop.hours["1", f"2026-11-{day[1:]}"] = rows
    return desk


def hours_read(desk: Desk) -> list[str]:
    """Return which days were read by hours, and forget it."""
    days = [call.split()[1] for call in desk.shop.calls if call.startswith("hours")]
    desk.shop.calls.clear()
    return days


def test_everything_is_read_once_at_the_start() -> None:
    """The account, its campaigns, today, yesterday, and the days that may still be restated."""
    desk = desk_of(d20=[A, B], d19=[A], d18=[B])
    said = asyncio.run(desk.begin())
    (listed,) = facts(said, CampaignsObserved)
    assert (listed.currency, listed.time_zone, listed.as_of_ms) == ("EUR", "Europe/Berlin", NOON_MS + 1)
    assert [one.campaign for one in listed.campaigns] == ["a", "b"]
    assert [page.day for page in facts(said, SpendObserved)] == ["2026-11-20", "2026-11-19", "2026-11-18"]
    done = facts(said, PollCompleted)
    assert [(one.kind, one.day, one.pages, one.rows) for one in done] == [
        ("campaigns", None, 1, 2),
        ("spend", "2026-11-20", 1, 2),
        ("spend", "2026-11-19", 1, 1),
        ("spend", "2026-11-17", 0, 0),
        ("spend", "2026-11-18", 1, 1),
    ]
    assert all(one.complete_until_ms == one.as_of_ms - LAG_MS for one in done)
    stamps = [one.as_of_ms for one in done]
    assert stamps == sorted(set(stamps))
    assert desk.health.readiness().ok


def test_a_page_says_whose_read_it_belongs_to() -> None:
    """Its ids say so, and a read that is repeated at another moment has others."""
    desk = desk_of(d20=[A])
    said = asyncio.run(desk.begin())
    assert {event.envelope.source for event in said} == {"headgate/poller"}
    assert {event.envelope.subject for event in said} == {"client/shop/1"}
    assert len({event.envelope.id for event in said}) == len(said)
    again = asyncio.run(desk.until(desk.time.at_ms + HOUR_MS))
    assert not {event.envelope.id for event in said} & {event.envelope.id for event in again}


@pytest.mark.parametrize("trouble", [HTML, HALF])
def test_an_answer_that_is_not_whole_publishes_nothing_of_it(trouble: PlatformError) -> None:
    """What was known before stands, and the failure says since when."""
    desk = desk_of(d20=[A])
    asyncio.run(desk.begin())
    desk.shop.failing["hours"] = trouble
    said = asyncio.run(desk.until(NOON_MS + 6 * MINUTE_MS))
    (failed, *_) = facts(said, PollFailed)
    assert facts(said, SpendObserved) == facts(said, PollCompleted) == []
    assert (failed.kind, failed.day, failed.reason, failed.detail) == (
        "spend",
        "2026-11-20",
        "transient",
        trouble.detail,
    )
    assert failed.last_good_ms is not None
    assert NOON_MS <= failed.last_good_ms < NOON_MS + 10
    assert 0 < failed.retry_at_ms - failed.at_ms <= 5_000
    desk.shop.failing.clear()
    assert facts(asyncio.run(desk.next()), SpendObserved)


def test_pauses_between_tries_grow_and_end() -> None:
    """A platform that is down is not asked a hundred times a minute, and not given up on."""
    desk = desk_of(d20=[A])
    asyncio.run(desk.begin())
    desk.shop.failing["hours"] = HTML
    failed = facts(asyncio.run(desk.until(NOON_MS + HOUR_MS)), PollFailed)
    pauses = [one.retry_at_ms - one.at_ms for one in failed if one.day == "2026-11-20"]
    assert max(pauses[:1]) <= 5_000
    assert all(pause <= 5 * MINUTE_MS for pause in pauses)
    assert max(pauses) > 2 * MINUTE_MS
    assert "cannot be read" in desk.health.readiness().reasons[0]
    desk.shop.failing.clear()
    asyncio.run(desk.until(desk.time.at_ms + 10 * MINUTE_MS))
    assert desk.health.readiness().ok


def test_a_read_is_published_only_when_all_of_it_can_be() -> None:
    """The last of three pages holds an amount that the log cannot carry: the first two stay away too."""
    rows = [HourSpend(f"{number:04d}", 1, 5) for number in range(1_200)]
    desk = desk_of(d20=[*rows, HourSpend("zzz", 1, 10**15 + 1)])
    said = asyncio.run(desk.begin())
    assert facts(said, SpendObserved) == []
    (failed,) = facts(said, PollFailed)
    assert failed.day == "2026-11-20"
    assert "cannot be written down" in failed.detail
    assert failed.retry_at_ms - failed.at_ms >= 7 * MINUTE_MS


def test_a_name_that_is_too_long_is_cut_and_its_budget_is_known() -> None:
    """A name is for people to read; unread, its campaign's budget would leave it without a limit."""
    desk = desk_of(d20=[A])
    desk.shop.campaigns["1"] = [campaign("a"), campaign("b", label="x" * 129)]
    (page,) = facts(asyncio.run(desk.begin()), CampaignsObserved)
    assert [one.name for one in page.campaigns][1] == "x" * 127 + "…"
    assert page.campaigns[1].daily_budget_micros


def test_a_zero_character_is_refused_before_it_is_in_the_log() -> None:
    """The codec would refuse the page at its other end, and park it."""
    desk = Desk()
    desk.shop.campaigns["1"] = [campaign("a", label="x\0y")]
    said = asyncio.run(desk.begin())
    assert facts(said, CampaignsObserved) == []
    assert "zero character" in facts(said, PollFailed)[0].detail


def test_rows_that_come_twice_are_half_an_answer() -> None:
    """Where one is twice, another may be missing."""
    desk = desk_of(d20=[A, A])
    desk.shop.campaigns["1"] = [campaign("a"), campaign("a")]
    said = asyncio.run(desk.begin())
    assert {one.reason for one in facts(said, PollFailed)} == {"transient"}
    assert facts(said, SpendObserved) == facts(said, CampaignsObserved) == []


def test_an_account_that_vanishes_is_no_account_without_spend() -> None:
    """It is told once a quarter of an hour, and what was known stands."""
    desk = desk_of(d20=[A])
    asyncio.run(desk.begin())
    desk.shop.accounts.clear()
    said = asyncio.run(desk.until(NOON_MS + HOUR_MS))
    assert facts(said, CampaignsObserved) == []
    lost = [one for one in facts(said, PollFailed) if one.kind == "campaigns"]
    assert {one.reason for one in lost} == {"not-found"}
    assert 3 <= len(lost) <= 6
    assert "not-found" in desk.health.readiness().reasons[0]


def test_a_list_that_is_suddenly_empty_is_believed_only_at_the_third_time() -> None:
    """Removed campaigns are listed too, so an empty list is mostly trouble."""
    desk = Desk()
    asyncio.run(desk.begin())
    desk.shop.campaigns["1"] = []
    said = asyncio.run(desk.until(NOON_MS + 20 * MINUTE_MS))
    told = [type(event.data) for event in said if getattr(event.data, "kind", "campaigns") == "campaigns"]
    assert told == [PollFailed, PollFailed, CampaignsObserved, PollCompleted]
    assert {one.status for one in facts(said, CampaignsObserved)[0].campaigns} == {"removed"}


def test_a_campaign_that_moved_to_another_account_is_removed_from_this_one() -> None:
    """Else its budget would stay here, and the guard would command what is not here."""
    desk = Desk()
    asyncio.run(desk.begin())
    desk.shop.campaigns["1"].pop()
    said = asyncio.run(desk.until(NOON_MS + 20 * MINUTE_MS))
    (listed,) = facts(said, CampaignsObserved)
    assert [(one.campaign, one.status) for one in listed.campaigns] == [("a", "enabled"), ("b", "removed")]
    desk.shop.campaigns["1"].append(campaign("b", 7, label="back"))
    said = asyncio.run(desk.until(NOON_MS + 40 * MINUTE_MS))
    assert [(one.name, one.status) for one in facts(said, CampaignsObserved)[-1].campaigns] == [
        ("A", "enabled"),
        ("back", "enabled"),
    ]


def test_a_campaign_that_was_renamed_goes_out_with_its_new_name() -> None:
    """The id says which it is, the name is only shown."""
    desk = Desk()
    asyncio.run(desk.begin())
    desk.shop.campaigns["1"][0] = replace(campaign("a"), name="Winter boots")
    said = asyncio.run(desk.until(NOON_MS + 20 * MINUTE_MS))
    assert facts(said, CampaignsObserved)[0].campaigns[0].name == "Winter boots"


def test_another_currency_goes_out_as_it_is() -> None:
    """The decider knows which currency the account is kept in, and refuses; we do not convert or guess."""
    desk = desk_of(d20=[A])
    asyncio.run(desk.begin())
    desk.shop.accounts["1"] = replace(desk.shop.accounts["1"], currency="GBP")
    said = asyncio.run(desk.until(NOON_MS + 30 * MINUTE_MS))
    assert facts(said, CampaignsObserved)[-1].currency == "GBP"
    assert facts(said, SpendObserved)[-1].currency == "GBP"


def test_a_rate_limit_holds_the_whole_credential_until_its_time() -> None:
    """Its accounts share the quota, so none of them asks before."""
    desk = desk_of(d20=[A])
    asyncio.run(desk.begin())
    retry_at_ms = NOON_MS + 30 * MINUTE_MS
    desk.shop.failing["hours"] = RateLimited("shop", "too many", retry_at_ms=retry_at_ms, scope="minute")
    said = asyncio.run(desk.until(NOON_MS + 6 * MINUTE_MS))
    assert facts(said, PollFailed)[0].retry_at_ms == retry_at_ms
    assert desk.lane.held_until_ms == retry_at_ms


def test_a_limit_of_one_account_holds_no_other() -> None:
    """Only what it says."""
    desk = desk_of(d20=[A])
    desk.shop.failing["hours"] = RateLimited("shop", "slow", retry_at_ms=NOON_MS + HOUR_MS, scope="account")
    asyncio.run(desk.begin())
    assert desk.lane.held_until_ms == 0


@pytest.mark.parametrize("kind", [AuthRevoked, Forbidden, NotConfigured, InvalidRequest])
def test_what_only_a_person_can_mend_is_tried_slowly_and_told(kind: type[PlatformError]) -> None:
    """Asking again each second mends nothing."""
    desk = Desk()
    desk.shop.failing["validate"] = kind("shop", "no token=abc123 here")
    said = asyncio.run(desk.until(NOON_MS + HOUR_MS))
    failed = facts(said, PollFailed)
    assert 4 <= len(failed) <= 8
    assert {(one.reason, one.last_good_ms) for one in failed} == {(kind.reason, None)}
    assert not any("abc123" in one.detail for one in failed)
    assert kind.reason in desk.health.readiness().reasons[0]


def test_a_list_that_cannot_be_read_does_not_keep_spend_from_being_read() -> None:
    """The guard sees spend, even where the list is in trouble."""
    desk = desk_of(d20=[A])
    desk.shop.failing["list"] = HTML
    said = asyncio.run(desk.until(NOON_MS + 30 * MINUTE_MS))
    assert len([page for page in facts(said, SpendObserved) if page.day == "2026-11-20"]) >= 5


@pytest.mark.parametrize("by_ms", [-HOUR_MS, HOUR_MS])
def test_a_clock_that_jumps_during_a_read_spoils_it(by_ms: int) -> None:
    """Nobody knows which moment its pages are true for."""
    desk = desk_of(d20=[A])
    asyncio.run(desk.begin())
    jumps = iter([by_ms])
    desk.shop.during = lambda: desk.time.jump(next(jumps, 0))
    said = asyncio.run(desk.next())
    assert facts(said, SpendObserved) == []
    (failed,) = facts(said, PollFailed)
    assert failed.reason == "transient"
    assert "clock went" in failed.detail
    assert "clock" in desk.health.readiness().reasons[0]


@pytest.mark.parametrize("by_ms", [-HOUR_MS, HOUR_MS])
def test_no_page_claims_an_older_truth_than_the_one_before(by_ms: int) -> None:
    """Whether the clock went back or forward, what is read later wins, and is read when it can."""
    desk = desk_of(d20=[A])
    said = asyncio.run(desk.begin())
    newest_ms = said[-1].data.as_of_ms if isinstance(said[-1].data, PollCompleted) else 0
    desk.time.go(MINUTE_MS)
    desk.time.jump(by_ms)
    said = asyncio.run(desk.until(max(desk.time.at_ms, newest_ms) + HOUR_MS))
    stamps = [page.as_of_ms for page in facts(said, SpendObserved) if page.day == DAY.day]
    assert stamps == sorted(set(stamps))
    assert stamps[0] > newest_ms
    assert len(stamps) >= 8
    assert desk.health.readiness().ok


def test_only_days_whose_totals_moved_are_read_by_hours_again() -> None:
    """A window of days is one call, each day by hours another."""
    desk = desk_of(d20=[A], d19=[A], d18=[A, B], d17=[B])
    asyncio.run(desk.begin())
    asyncio.run(desk.until(NOON_MS + 2 * HOUR_MS))
    assert set(hours_read(desk)) == {"2026-11-20", "2026-11-19", "2026-11-18", "2026-11-17"}
    desk.shop.hours["1", "2026-11-18"] = [HourSpend("a", 1, 9_700_000), B]
    said = asyncio.run(desk.until(NOON_MS + 4 * HOUR_MS))
    assert [day for day in hours_read(desk) if day != "2026-11-20"] == ["2026-11-18"]
    assert (
        facts([event for event in said if getattr(event.data, "day", "") == "2026-11-18"], SpendObserved)[0]
        .observations[0]
        .spend_micros
        == 9_700_000
    )


def test_a_past_day_that_cannot_be_read_does_not_stand_before_the_others() -> None:
    """It goes last, and is tried again."""
    desk = desk_of(d18=[A], d17=[HourSpend("a", 1, 10**16)])
    said = asyncio.run(desk.until(NOON_MS + HOUR_MS // 2))
    assert "2026-11-18" in {page.day for page in facts(said, SpendObserved)}
    assert {one.day for one in facts(said, PollFailed)} == {"2026-11-17"}


def test_the_new_day_begins_at_the_accounts_midnight() -> None:
    """It is read at once, and yesterday until its lag has passed."""
    desk = desk_of(d20=[A])
    asyncio.run(desk.begin())
    asyncio.run(desk.until(DAY.end_ms))
    desk.shop.hours["1", "2026-11-21"] = [HourSpend("a", 0, 1)]
    desk.shop.calls.clear()
    said = asyncio.run(desk.next())
    (page,) = facts(said, SpendObserved)
    assert (page.day, page.day_start_ms, page.as_of_ms) == ("2026-11-21", DAY.end_ms, DAY.end_ms)
    asyncio.run(desk.until(DAY.end_ms + 2 * HOUR_MS))
    assert hours_read(desk).count("2026-11-20") >= 3


def test_an_hour_corrected_to_nothing_is_published_as_zero() -> None:
    """The platform leaves it out, and the log would keep it."""
    desk = desk_of(d20=[A, B])
    asyncio.run(desk.begin())
    desk.shop.hours["1", "2026-11-20"] = [B]
    said = asyncio.run(desk.until(NOON_MS + 6 * MINUTE_MS))
    assert [(one.campaign, one.spend_micros) for one in facts(said, SpendObserved)[0].observations] == [
        ("a", 0),
        ("b", 20_000_000),
    ]


def test_an_account_near_its_budget_is_read_each_minute() -> None:
    """And each five minutes otherwise."""
    desk = desk_of(d20=[A])
    calm = facts(asyncio.run(desk.until(NOON_MS + HOUR_MS)), PollCompleted)
    desk.shop.hours["1", "2026-11-20"] = [HourSpend("a", 1, 99_000_000)]
    near = facts(asyncio.run(desk.until(NOON_MS + 2 * HOUR_MS)), PollCompleted)
    assert sum(one.day == DAY.day for one in calm) <= 15
    assert sum(one.day == DAY.day for one in near) >= 50
