from datetime import UTC, datetime

import numpy as np
import pytest

from events import codec
from events.limits import AMOUNT_MICROS_MAX
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    CommandApplied,
    ForecastMade,
    SpendObservation,
    SpendObserved,
)
from forecaster.days import DAY_MS, HOUR_MS, Day, clock_hours, day_after
from forecaster.ledger import DAYS_KEPT, Ledger
from forecaster.pages import CAMPAIGNS_A_PAGE, About, Made, records
from forecaster.panel import Row, hours_of, known_hours, panel, today
from forecaster.proving import Proof
from tests.forecaster_kit import event, midnight, page, past

SUBJECT = "acme/tiktok/1"
NOW_MS = 1_795_262_400_000  # 2026-11-21, noon
TODAY = Day("2026-11-21", midnight(NOW_MS), midnight(NOW_MS) + DAY_MS)
YESTERDAY_MS = TODAY.start_ms - DAY_MS
BERLIN = "Europe/Berlin"


def ledger(*, days: int = 3, campaigns: int = 2, campaigns_max: int = 100) -> Ledger:
    """Give a ledger that has heard of some whole days."""
    found = Ledger(campaigns_max)
    for one in past(SUBJECT, NOW_MS, days=days, campaigns=campaigns):
        found.take(one, NOW_MS)
    return found


def take(found: Ledger, fact: SpendObserved | CampaignsObserved | CommandApplied) -> None:
    """Let a ledger hear one fact."""
    found.take(event(SUBJECT, fact, NOW_MS, "e"), NOW_MS)


def one_hour(hour: int, micros: int, as_of_ms: int) -> SpendObserved:
    """Give what the first campaign had spent in an hour of yesterday, as of a moment."""
    known = page(YESTERDAY_MS, 0, as_of_ms=as_of_ms)
    return SpendObserved(
        currency=known.currency,
        day=known.day,
        day_start_ms=known.day_start_ms,
        day_end_ms=known.day_end_ms,
        as_of_ms=as_of_ms,
        observations=(SpendObservation("c0", hour, micros),),
    )


def values(found: Ledger) -> list[float]:
    """Give yesterday's hours of the first campaign, as a model sees them."""
    rows, series = panel([(SUBJECT, found.accounts[SUBJECT], TODAY)])
    assert rows[0] == Row(SUBJECT, "c0")
    return [float(one) for one in series[0, -24:]]


def test_the_newest_total_of_an_hour_counts_in_whatever_order() -> None:
    """A page that comes late says nothing new."""
    found = ledger()
    take(found, one_hour(5, 7, NOW_MS))
    take(found, one_hour(5, 9, NOW_MS - 1))
    assert values(found)[5] == 7


def test_series_end_at_midnight_and_hours_that_are_not_whole_are_unknown() -> None:
    """Today is what is forecast, and what a platform has not told of yet is no zero."""
    found = ledger(days=10)
    account = found.accounts[SUBJECT]
    assert known_hours(panel([(SUBJECT, account, TODAY)]).values) == 240
    account.whole_until_ms = TODAY.start_ms - 2 * HOUR_MS
    assert np.isnan(values(found)[22:]).all()
    assert np.isfinite(values(found)[:22]).all()


def test_hours_in_which_a_campaign_was_paused_teach_nothing() -> None:
    """By our command, or by a status that a person has set; it runs on when that says so."""
    found = ledger()
    for action, hour in (("pause", 3), ("resume", 5)):
        at_ms = YESTERDAY_MS + hour * HOUR_MS + 1_000
        take(found, CommandApplied("x", "c0", action, 1, 1, at_ms))  # type: ignore[arg-type] # of two texts
    for status, hour in (("paused", 20), ("enabled", 21)):
        shown = CampaignObservation("c0", "n", status, None)  # type: ignore[arg-type] # likewise
        take(found, CampaignsObserved("USD", "UTC", YESTERDAY_MS + hour * HOUR_MS, (shown,)))
    unknown = [hour for hour, value in enumerate(values(found)) if np.isnan(value)]
    assert unknown == [3, 4, 5, 20]


def test_memory_is_bounded_in_campaigns_days_and_accounts() -> None:
    """More than that is not kept; a page of a far day pushes nothing out."""
    found = ledger(campaigns=5, campaigns_max=3)
    account = found.accounts[SUBJECT]
    assert (found.campaigns, len(account.campaigns)) == (3, 3)
    take(found, page(TODAY.start_ms + 2 * DAY_MS, 1))
    assert "2026-11-23" not in account.days
    for age in range(DAYS_KEPT + 5):
        take(found, page(TODAY.start_ms - age * DAY_MS, 1, as_of_ms=NOW_MS))
    assert len(account.days) == DAYS_KEPT
    assert len(account.campaigns["c0"].days) == DAYS_KEPT
    found.forget_silent(NOW_MS + 40 * DAY_MS, 35 * DAY_MS)
    assert (found.accounts, found.campaigns) == ({}, 0)


@pytest.mark.parametrize("day", ["2026-02-31", "2026-11-25", "1969-12-31"])
def test_a_page_of_a_day_that_there_is_not_is_passed_over(day: str) -> None:
    """One that no calendar has, or that does not begin when it says: the account agent parks it."""
    found = ledger()
    wrong = page(YESTERDAY_MS, 1, as_of_ms=NOW_MS)
    take(found, SpendObserved("USD", day, wrong.day_start_ms, wrong.day_end_ms, NOW_MS, wrong.observations))
    assert day not in found.accounts[SUBJECT].days


def test_a_campaign_without_spend_for_a_week_is_left_out() -> None:
    """Nobody plans what is over."""
    found = ledger(days=1)
    for hour in range(24):
        take(found, one_hour(hour, 0, NOW_MS))
    assert [row.campaign for row in panel([(SUBJECT, found.accounts[SUBJECT], TODAY)]).rows] == ["c1"]


def test_today_is_found_though_nothing_of_it_was_told_yet() -> None:
    """It follows the last day that was; an account that was silent for days has none."""
    account = ledger().accounts[SUBJECT]
    assert today(account, NOW_MS) == TODAY
    assert today(account, NOW_MS + 3 * DAY_MS) is None


@pytest.mark.parametrize(
    ("name", "start", "hours", "named"),
    [
        ("2026-03-29", "2026-03-28T23:00:00+00:00", 23, [0, 1, 3, 4]),
        ("2026-10-25", "2026-10-24T22:00:00+00:00", 25, [0, 1, 2, 2]),
        ("2026-07-01", "2026-06-30T22:00:00+00:00", 24, [0, 1, 2, 3]),
    ],
)
def test_days_of_other_lengths_have_their_hours_by_name(
    name: str, start: str, hours: int, named: list[int]
) -> None:
    """Berlin's clocks: an hour is missing, is there twice, or neither."""
    start_ms = int(datetime.fromisoformat(start).timestamp()) * 1000
    before = Day("x", start_ms - DAY_MS, start_ms)
    eve = datetime.fromtimestamp(start_ms // 1000 - 3600, UTC).date().isoformat()
    day = day_after(before._replace(name=eve), BERLIN)
    assert (day.name, day.hours) == (name, hours)
    assert list(clock_hours(day, BERLIN)[:4]) == named
    said = hours_of(np.arange(48.0 * 5).reshape(48, 5), day, BERLIN, 1)
    assert [one // 5 - 24 for one in said[0]] == list(clock_hours(day, BERLIN))


def test_without_a_zone_hours_are_counted() -> None:
    """And the next day has 24 of them."""
    assert clock_hours(Day("2026-10-25", 0, 25 * HOUR_MS), None)[-2:] == (23, 0)
    assert day_after(TODAY, "No/Where").hours == 24


def test_pages_are_readable_ordered_bounded_and_the_same_again() -> None:
    """At the largest amounts, too; another forecast of the same model has other ids."""
    rows = [Row(SUBJECT, f"c{number:04}") for number in range(CAMPAIGNS_A_PAGE + 1)]
    quantiles = np.full((len(rows), 48, 5), float(AMOUNT_MICROS_MAX) * 2)
    made = Made("global-1", "2026-11-01", "2026-11-20", NOW_MS)
    about = [About(SUBJECT, "USD", BERLIN, day, n) for n, day in enumerate((TODAY, day_after(TODAY, None)))]
    first = list(records(made, about, rows, quantiles))
    events = [codec.decode(one.headers, one.value) for one in first]
    facts = [one.data for one in events if isinstance(one.data, ForecastMade)]
    assert [len(fact.campaigns) for fact in facts] == [CAMPAIGNS_A_PAGE, 1] * 2
    assert [fact.day for fact in facts] == ["2026-11-21"] * 2 + ["2026-11-22"] * 2
    assert facts[0].campaigns[0].q975_micros == (AMOUNT_MICROS_MAX,) * 24
    assert {one.key for one in first} == {SUBJECT.encode()}
    assert first == list(records(made, about, rows, quantiles))
    ids = {one.envelope.id for one in events}
    others = {
        codec.decode(one.headers, one.value).envelope.id for one in records(made, about, rows, quantiles / 4)
    }
    assert len(ids) == len(others) == 4
    assert not ids & others


def test_bands_are_held_against_what_came_once_it_is_whole() -> None:
    """Of a day that is not over nothing is said, and nothing is counted twice."""
    found, proof = ledger(), Proof()
    came = np.array(values(found))
    rows = [Row(SUBJECT, "c0")]
    wide = came[:, None] * np.array([0.8, 0.9, 1, 1.1, 1.2])
    wide[:12, 1] *= 1.2
    proof.remember({SUBJECT: "2026-11-20"}, rows, wide[None])
    account = found.accounts[SUBJECT]
    account.whole_until_ms = TODAY.start_ms - 1
    assert proof.settle(found.accounts) is None
    account.whole_until_ms = TODAY.start_ms
    assert proof.settle(found.accounts) == {"80": 500, "95": 1000}
    assert proof.settle(found.accounts) is None
