from typing import Any

import pytest

from domain.decision import Refused
from events.types import CampaignMetered, Fact, PotLinked, SpendObservation, SpendObserved, TermsSet
from tests.guard_kit import BUDGET, CAMPAIGN, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, Account, day_of, running

POT, OTHER_POT = "ab" * 32, "cd" * 32
NOON_MS = START_MS + 12 * HOUR_MS


def linked(version: int = 1, **more: Any) -> PotLinked:  # noqa: ANN401 - any field of a link
    """Return a link of the campaign, which is metered once an hour."""
    usual = {"pot": POT, "platform": "tiktok", "account": "1", "campaign": CAMPAIGN, "is_linked": True}
    usual |= {"check_minutes": 60, "at_ms": NOON_MS} | more
    return PotLinked(link_version=version, **usual)


def metered(told: list[Fact]) -> list[CampaignMetered]:
    """Return what the treasury was told."""
    return [one for one in told if isinstance(one, CampaignMetered)]


def half_spent() -> Account:
    """Return an account whose campaign is linked at noon and has spent half of its day."""
    account = running()
    account.spend(BUDGET // 2)
    account.take(linked())
    return account


def restated(account: Account, day: str, start_ms: int, micros: int) -> list[Fact]:
    """Have the platform say another total of a day's first hour."""
    seen = (SpendObservation(CAMPAIGN, 0, micros),)
    return account.take(SpendObserved("USD", day, start_ms, start_ms + DAY_MS, account.now_ms, seen))


def test_a_linked_campaign_is_metered_at_the_next_tick_and_every_hour() -> None:
    """So the treasury knows what its pot needs, and when it will be told again."""
    account = half_spent()
    (first,) = metered(account.tick(NOON_MS + MINUTE_MS))
    assert (first.pot, first.platform, first.account, first.campaign) == (POT, "tiktok", "1", CAMPAIGN)
    assert (first.budget_micros, first.spent_micros) == (BUDGET, BUDGET // 2)
    assert first.is_running
    assert not first.is_closed
    assert metered(account.tick(NOON_MS + 59 * MINUTE_MS)) == []
    assert len(metered(account.tick(NOON_MS + 60 * MINUTE_MS))) == 1


def test_what_is_expected_is_the_plan_until_the_next_time() -> None:
    """An even plan has a twenty-fourth of the budget for an hour; two minutes more until money is there."""
    (told,) = metered(half_spent().tick(NOON_MS + MINUTE_MS))
    assert abs(told.expected_micros - BUDGET * 61 // (24 * 60)) <= 1


def test_campaigns_that_were_told_of_early_are_due_with_the_others_again() -> None:
    """So one funding is enough for all campaigns of a pot."""
    account = half_spent()
    account.tick(NOON_MS + MINUTE_MS)
    account.tick(NOON_MS + 10 * MINUTE_MS)
    assert metered(account.spend(BUDGET * 9 // 10))
    assert len(metered(account.tick(NOON_MS + 60 * MINUTE_MS))) == 1


def test_nothing_is_expected_beyond_the_end_of_the_day() -> None:
    """The next day's money is the next day's."""
    account = running()
    account.tick(START_MS + 23 * HOUR_MS + 30 * MINUTE_MS)
    account.spend(BUDGET // 2, 23)
    account.take(linked())
    (told,) = metered(account.tick(START_MS + 23 * HOUR_MS + 40 * MINUTE_MS))
    assert abs(told.expected_micros - BUDGET // 72) <= 1


def test_a_campaign_that_is_not_linked_is_not_metered() -> None:
    """Most campaigns are paid by card."""
    account = running()
    account.spend(BUDGET // 2)
    assert metered(account.tick(NOON_MS + 61 * MINUTE_MS)) == []


def test_an_unlinked_campaign_is_metered_no_more() -> None:
    """A newer link says so; an older one that comes late changes nothing."""
    account = half_spent()
    account.tick(NOON_MS + MINUTE_MS)
    account.take(linked(3, is_linked=False))
    account.take(linked(2, pot=OTHER_POT))
    assert metered(account.tick(NOON_MS + 61 * MINUTE_MS)) == []
    assert metered(account.tick(NOON_MS + 122 * MINUTE_MS)) == []


def test_a_newer_link_moves_the_campaign_to_another_pot() -> None:
    """What it costs from then on is said of the other."""
    account = half_spent()
    account.tick(NOON_MS + MINUTE_MS)
    account.take(linked(2, pot=OTHER_POT))
    told = metered(account.tick(NOON_MS + 2 * MINUTE_MS))
    assert [one.pot for one in told] == [OTHER_POT]


def test_a_campaign_linked_before_it_was_seen_is_metered_once_it_is() -> None:
    """People open pots before the first page has come."""
    account = Account()
    account.tick(START_MS)
    account.take(linked(at_ms=START_MS))
    account.tick(START_MS + MINUTE_MS)
    account.listed()
    account.spend(BUDGET // 100)
    told = [one for minute in range(2, 8) for one in metered(account.tick(START_MS + minute * MINUTE_MS))]
    assert [one.spent_micros for one in told] == [BUDGET // 100]


def test_a_day_that_is_over_is_told_as_it_ended_and_again_when_it_is_restated() -> None:
    """Its total is what is taken from the pot."""
    account = half_spent()
    account.tick(NOON_MS + MINUTE_MS)
    day, start_ms = day_of(START_MS)
    account.tick(START_MS + DAY_MS - 30 * MINUTE_MS)
    account.now_ms = START_MS + DAY_MS + 10 * MINUTE_MS
    account.spend(1_000_000)
    told = metered(account.tick(START_MS + DAY_MS + 32 * MINUTE_MS))
    assert [(one.day, one.spent_micros) for one in told if one.is_closed] == [(day, BUDGET // 2)]
    restated(account, day, start_ms, BUDGET // 4)
    told = metered(account.tick(START_MS + DAY_MS + 130 * MINUTE_MS))
    assert [(one.day, one.spent_micros) for one in told if one.is_closed] == [(day, BUDGET // 4)]
    again = metered(account.tick(START_MS + DAY_MS + 200 * MINUTE_MS))
    assert [one for one in again if one.is_closed] == []


def test_a_day_is_told_as_over_though_no_page_of_the_next_has_come() -> None:
    """A campaign that stands still has no pages."""
    account = half_spent()
    account.tick(NOON_MS + MINUTE_MS)
    (told,) = metered(account.tick(START_MS + DAY_MS + MINUTE_MS))
    assert (told.is_closed, told.day, told.spent_micros) == (True, day_of(START_MS)[0], BUDGET // 2)
    assert metered(account.tick(START_MS + DAY_MS + 62 * MINUTE_MS)) == []


def test_days_before_the_link_are_not_the_pots() -> None:
    """Somebody else has paid them."""
    account = running()
    account.spend(BUDGET)
    account.tick(START_MS + DAY_MS + HOUR_MS)
    account.spend(1_000_000)
    account.take(linked(at_ms=account.now_ms))
    told = metered(account.tick(account.now_ms + MINUTE_MS))
    assert [one.is_closed for one in told] == [False]
    restated(account, *day_of(START_MS), BUDGET // 2)
    assert all(not one.is_closed for one in metered(account.tick(account.now_ms + 61 * MINUTE_MS)))


def test_one_that_runs_ahead_of_what_was_said_is_told_of_at_once() -> None:
    """A pot that was filled for an hour is empty after ten minutes then."""
    account = half_spent()
    account.tick(NOON_MS + MINUTE_MS)
    account.tick(NOON_MS + 10 * MINUTE_MS)
    (told,) = metered(account.spend(BUDGET * 9 // 10))
    assert told.spent_micros == BUDGET * 9 // 10
    account.tick(NOON_MS + 11 * MINUTE_MS)
    assert metered(account.spend(BUDGET * 95 // 100)) == [], "not with every page"


def test_one_that_stands_still_is_told_as_such() -> None:
    """Nothing is put into a pot for it."""
    account = half_spent()
    account.listed("paused")
    (told,) = metered(account.tick(NOON_MS + MINUTE_MS))
    assert not told.is_running


def test_a_day_that_is_to_be_spent_early_is_called_accelerated() -> None:
    """The seed's calculator expects more of it."""
    account = half_spent()
    account.take(TermsSet(campaign=CAMPAIGN, terms_version=1, currency="USD", curve="front"))
    (told,) = metered(account.tick(NOON_MS + MINUTE_MS))
    assert told.is_accelerated


def test_a_link_of_another_account_is_refused() -> None:
    """It lies under the wrong key, and would be metered as what it is not."""
    with pytest.raises(Refused, match="other-account"):
        running().take(linked(account="2"))
