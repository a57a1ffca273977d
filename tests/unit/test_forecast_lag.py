from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from domain.draft import Draft
from domain.forecast import nowcast
from domain.forecast.lag import AGES_MS, LagRow, lag_key, learn
from domain.forecast.nowcast import Nowcast, likely_permille
from domain.local_time import HOUR_MS
from domain.pacing.rows import CampaignRow, HoursRow, hours_key
from events.types import PollCompleted
from tests import lag_kit
from tests.lag_kit import DAY_MINUTES, START_MS, SUBJECT, Account, campaign, reported

FLAT = (1_000,) * DAY_MINUTES
AN_HOUR_AGO = AGES_MS.index(HOUR_MS)
AT_ITS_END = AGES_MS.index(0)


def learned(growth: Callable[[int], int], days: int = 6) -> LagRow:
    """Return what is learned from an account that is read every quarter of an hour."""
    account = Account(growth, FLAT)
    account.run(days, 15)
    assert account.lag is not None
    return account.lag


@pytest.fixture(scope="module")
def gradual() -> LagRow:
    """Return the lag of a platform that reports half of an hour's spend after an hour."""
    return learned(lag_kit.gradual)


def test_the_reported_share_of_an_hour_is_learned_by_age(gradual: LagRow) -> None:
    """At each age it is what the platform has really reported by then, to two hundredths."""
    whole = reported(FLAT, lag_kit.gradual, 3 * DAY_MINUTES)[0]
    for age_ms, (count, share_ppm, _) in zip(AGES_MS, gradual.stats, strict=True):
        minute = 60 + age_ms // 60_000
        elapsed = min(60, minute)
        so_far = reported(FLAT, lag_kit.gradual, minute)[0] * 60 * 1_000_000 // (whole * elapsed)
        assert count == 3
        assert abs(share_ppm - so_far) <= 20_000


def test_a_platform_without_lag_has_none() -> None:
    """All of it is there at once, so what is reported is what was spent."""
    lag = learned(lag_kit.at_once, 5)
    assert all(abs(share_ppm - 1_000_000) <= 1_000 for _, share_ppm, _ in lag.stats)
    row = campaign((60_000,) * 5, 300)
    assert abs(nowcast.nowcast(lag, row).median_micros - 300_000) <= 300


def test_what_is_not_reported_is_filled_up(gradual: LagRow) -> None:
    """At noon a third of the last hours is missing; the nowcast is within three hundredths of the truth."""
    now = nowcast.nowcast(gradual, campaign(reported(FLAT, lag_kit.gradual, 720), 720))
    assert now.reported_micros < 650_000
    assert abs(now.median_micros - 720_000) <= 22_000
    assert now.low_micros <= 720_000 <= now.high_micros
    assert now.reported_micros <= now.low_micros


def test_the_plan_shapes_what_is_missing() -> None:
    """Where spend triples at noon, the hours that nobody has seen are not taken for those of the morning."""
    lag = learned(lag_kit.delayed)
    spent = (1_000,) * 600 + (3_000,) * 840
    row = campaign(reported(spent, lag_kit.delayed, 720), 720)
    hours = tuple(sum(spent[first : first + 60]) for first in range(0, DAY_MINUTES, 60))
    planned = campaign(reported(spent, lag_kit.delayed, 720), 720, sum(hours), hours)
    truth = sum(spent[:720])
    assert abs(nowcast.nowcast(lag, planned).median_micros - truth) * 20 <= truth
    assert nowcast.nowcast(lag, row).median_micros * 10 < truth * 8
    assert nowcast.nowcast(lag, row, hours) == nowcast.nowcast(lag, planned, hours)


def test_until_it_is_learned_the_connectors_word_holds() -> None:
    """With two hours of delay the last two hours are filled up at the pace of those before."""
    lag = LagRow(delay_ms=2 * HOUR_MS)
    now = nowcast.nowcast(lag, campaign(reported(FLAT, lag_kit.delayed, 720), 720))
    assert (now.median_micros, now.reported_micros) == (720_000, 600_000)
    assert now.low_micros == 600_000
    assert now.high_micros > 720_000


def test_a_delay_that_is_told_too_long_invents_nothing() -> None:
    """Hours that are reported although they need not be yet are not counted twice."""
    now = nowcast.nowcast(LagRow(delay_ms=2 * HOUR_MS), campaign((60_000,) * 12, 720))
    assert now.median_micros == 720_000


def test_without_anything_known_of_lag_nothing_is_added() -> None:
    """The nowcast is what was reported, and what others have recorded."""
    row = replace(campaign((60_000,) * 12, 720), recorded_micros=5)
    assert nowcast.nowcast(None, row) == Nowcast(720_005, 720_005, 720_005, 720_005)


def test_a_platform_that_takes_back_is_not_believed_at_once() -> None:
    """When every hour loses a tenth in the end, the nowcast is below what is reported."""
    lag = learned(lag_kit.takes_back)
    now = nowcast.nowcast(lag, campaign((60_000,) * 12, 720))
    assert 640_000 <= now.median_micros <= 670_000


def test_a_day_begins_with_its_plan(gradual: LagRow) -> None:
    """Ten minutes after midnight nothing is reported, and something was spent all the same."""
    now = nowcast.nowcast(gradual, campaign((0,), 10, 24 * 60_000, (60_000,) * 24))
    assert 7_000 <= now.median_micros <= 10_000


def test_a_day_without_hours_is_nothing() -> None:
    """A campaign of which nobody has told anything has spent nothing, by any lag."""
    assert nowcast.nowcast(LagRow(delay_ms=HOUR_MS), CampaignRow()) == Nowcast(0, 0, 0, 0)


def test_the_largest_amounts_are_taken(gradual: LagRow) -> None:
    """A million hours of 10^15 micros neither break the row nor the nowcast."""
    account = Account(lag_kit.gradual, (10**15,) * DAY_MINUTES)
    account.run(5, 60)
    assert account.lag is not None
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(account.lag), type=LagRow) == account.lag
    row = campaign((10**15,) * 12, 720)
    assert nowcast.nowcast(gradual, row).median_micros >= 12 * 10**15


def test_what_is_kept_of_a_lag_stays_small(gradual: LagRow) -> None:
    """Days that have taught are forgotten, so the row does not grow."""
    assert len(gradual.noted) <= 4
    assert len(msgspec.msgpack.encode(gradual)) < 12_000


def test_zeros_teach_nothing() -> None:
    """An account that spends nothing has no lag that one could see."""
    account = Account(lag_kit.gradual, (0,) * DAY_MINUTES)
    account.run(5, 60)
    assert account.lag is not None
    assert {count for count, _, _ in account.lag.stats} == {0}


def test_reads_of_campaigns_and_of_long_ago_teach_nothing() -> None:
    """Only hours whose end can still be waited for are noted."""
    draft = Draft({}.get)
    learn(draft, SUBJECT, PollCompleted("campaigns", None, START_MS, START_MS, 1, 1))
    assert not draft.changes
    day, long_ago = "2026-10-22", START_MS - 40 * 24 * HOUR_MS
    old = Draft({hours_key(SUBJECT, day): HoursRow(day, long_ago, (5,))}.get)
    learn(old, SUBJECT, PollCompleted("spend", day, START_MS, START_MS - 5, 1, 1))
    assert old.changes == {lag_key(SUBJECT): LagRow(delay_ms=5)}


@pytest.mark.parametrize(
    ("limit", "likely"),
    [(100, 500), (120, 100), (80, 900), (0, 999), (1_000, 1), (110, 260)],
)
def test_the_odds_of_a_limit_follow_the_band(limit: int, likely: int) -> None:
    """A tenth is above the high bound, nine tenths are above the low one, and half above the median."""
    assert abs(likely_permille(Nowcast(100, 80, 120, 70), limit) - likely) <= 1


def test_what_is_reported_is_sure() -> None:
    """A limit that is seen to be crossed is crossed; without a band there is no doubt either."""
    assert likely_permille(Nowcast(100, 80, 120, 75), 74) == 1000
    assert likely_permille(Nowcast(100, 100, 100, 100), 100) == 0
    assert likely_permille(Nowcast(100, 100, 100, 100), 99) == 1000
