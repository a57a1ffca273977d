from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account.decider import decide
from domain.decision import About, Decision, Refused, Row
from domain.pacing import pace
from domain.pacing.cells import totals
from domain.pacing.rows import DAYS_KEPT, AccountRow, CampaignRow, DayRow, campaign_key, day_key
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.limits import AMOUNT_MICROS_MAX
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    ClockTicked,
    Fact,
    PaceDeviated,
    PolicySet,
    SpendObservation,
    SpendObserved,
    SpendRecorded,
    SpendRestated,
)

SUBJECT, CAMPAIGNS = "client/meta/1", ("c1", "c2")
START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
AMOUNTS = st.integers(0, 20) | st.integers(0, AMOUNT_MICROS_MAX // 100)


class Account:
    """A partition's rows and what was published, decided event by event."""

    def __init__(self) -> None:
        self.rows: dict[bytes, Row] = {}
        self.facts: list[Fact] = []

    def take(self, fact: Fact, subject: str = SUBJECT) -> Decision:
        """Decide a fact; a refusal is raised and changes nothing."""
        event = Event(Envelope("id", fact.TYPE, fact.VERSION, "/test", subject), fact)
        decision = decide(self.rows.get, event)
        for key, row in decision.changes.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        self.facts += [said.fact if isinstance(said, About) else said for said in decision.facts]
        return decision

    def take_all(self, facts: Iterable[Fact]) -> "Account":
        """Decide facts in order and pass over refusals."""
        for fact in facts:
            try:
                self.take(fact)
            except Refused:
                continue
        return self

    def campaign(self, name: str = "c1") -> CampaignRow:
        """Return a campaign's row."""
        row = self.rows.get(campaign_key(SUBJECT, name), CampaignRow())
        assert isinstance(row, CampaignRow)
        return row

    def past(self, day: str, name: str = "c1") -> DayRow:
        """Return a past day."""
        row = self.rows.get(day_key(campaign_key(SUBJECT, name), day), DayRow())
        assert isinstance(row, DayRow)
        return row

    def spend(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return what each campaign has spent on each day: observed and recorded."""
        spend = {}
        for name in CAMPAIGNS:
            current = self.campaign(name)
            for offset in range(4):
                day = day_of(offset)[0]
                if day == current.day:
                    spend[name, day] = (current.spent_micros, current.recorded_micros)
                else:
                    row = self.past(day, name)
                    spend[name, day] = (sum(totals(row.cells)), row.recorded_micros)
        return spend


def day_of(offset: int) -> tuple[str, int]:
    """Return a day's name and its start."""
    start = START + timedelta(days=offset)
    return start.strftime("%Y-%m-%d"), round(start.timestamp()) * 1000


def page(
    offset: int, since_ms: int, *seen: tuple[str, int, int], hours: int = 24, currency: str = "USD"
) -> SpendObserved:
    """Return a page of totals: campaign, hour, micros."""
    day, start_ms = day_of(offset)
    observations = tuple(SpendObservation(*one) for one in seen)
    return SpendObserved(
        currency, day, start_ms, start_ms + hours * HOUR_MS, start_ms + since_ms, observations
    )


def push(offset: int, name: str, micros: int, campaign: str = "c1") -> SpendRecorded:
    """Return an increment."""
    return SpendRecorded(name, campaign, day_of(offset)[0], micros, "USD")


def budgets(as_of_ms: int, *micros: int | None) -> CampaignsObserved:
    """Return a page of budgets, one a campaign."""
    seen = tuple(CampaignObservation(*one, "enabled", two) for one, two in zip(named(), micros, strict=False))
    return CampaignsObserved("USD", "UTC", as_of_ms, seen)


def named() -> list[tuple[str, str]]:
    """Return ids and names."""
    return [(name, name) for name in CAMPAIGNS]


SEEN = st.tuples(st.sampled_from(CAMPAIGNS), st.integers(0, 24), AMOUNTS)
PAGES = st.builds(
    lambda offset, since, seen: page(offset, since, *seen),
    st.integers(0, 3),
    st.integers(0, 6) | st.integers(0, DAY_MS),
    st.lists(SEEN, max_size=5),
)
PUSHES = st.builds(
    # The same transaction always says the same.
    lambda number, campaign: push(number % 4, f"t{number}", number * 7 + 1, campaign),
    st.integers(0, 30),
    st.sampled_from(CAMPAIGNS),
)


@given(st.lists(PAGES, max_size=12), st.data())
def test_any_order_and_repetition_of_pages_gives_the_same_spend(
    pages: list[SpendObserved], data: st.DataObject
) -> None:
    """Pages may come late, twice and in any order: what counts is what they say."""
    again = data.draw(
        st.permutations(pages + data.draw(st.lists(st.sampled_from(pages)) if pages else st.just([])))
    )
    assert Account().take_all(again).spend() == Account().take_all(pages).spend()


@given(st.lists(PAGES, max_size=12))
def test_the_newest_total_of_each_hour_counts(pages: list[SpendObserved]) -> None:
    """Of all that was said about an hour the newest stands, and of equally new totals the larger."""
    newest: dict[tuple[str, str, int], tuple[int, int]] = {}
    for one in pages:
        for seen in one.observations:
            cell = (seen.campaign, one.day, seen.hour)
            newest[cell] = max(newest.get(cell, (-1, 0)), (one.as_of_ms, seen.spend_micros))
    spend = Account().take_all(pages).spend()
    for (name, day), (observed, _) in spend.items():
        assert observed == sum(newest.get((name, day, hour), (0, 0))[1] for hour in range(25))


@given(st.lists(PAGES, max_size=12))
def test_a_campaigns_sum_is_that_of_its_hours(pages: list[SpendObserved]) -> None:
    """Nothing is created or lost between the cells and the sum, after each page."""
    account = Account()
    for one in pages:
        account.take(one)
        for name in CAMPAIGNS:
            row = account.campaign(name)
            assert row.spent_micros == sum(totals(row.cells))


@given(st.lists(PAGES, max_size=12))
def test_restatements_tell_how_the_past_moved(pages: list[SpendObserved]) -> None:
    """Every total that shrinks or that moves on a day that is over is told, but not what is heard first."""
    account, known = Account(), set[tuple[str, str, int]]()
    for one in pages:
        before = Account.spend(account)
        first: dict[tuple[str, str], int] = defaultdict(int)
        newly = {(seen.campaign, one.day, seen.hour) for seen in one.observations} - known
        for name, day, hour in newly:
            said = (seen for seen in one.observations if (seen.campaign, seen.hour) == (name, hour))
            first[name, day] += next(said).spend_micros
        known |= newly
        account.facts.clear()
        account.take(one)
        after = account.spend()
        told = [fact for fact in account.facts if isinstance(fact, SpendRestated)]
        for (name, day), (was, _) in before.items():
            moved = sum(
                fact.to_micros - fact.from_micros for fact in told if (fact.campaign, fact.day) == (name, day)
            )
            is_over = day < account.campaign(name).day
            if is_over:
                assert after[name, day][0] - was == moved + first[name, day]
            else:
                assert after[name, day][0] - was >= moved


@given(st.lists(PUSHES | PAGES, max_size=25), st.data())
def test_each_pushed_increment_counts_once_in_any_order(facts: list[Fact], data: st.DataObject) -> None:
    """Pushes repeat and mix with pages and new days; an id counts once for its campaign and day."""
    account = Account().take_all(data.draw(st.permutations(facts + facts)))
    expected: dict[tuple[str, str], dict[str, int]] = {}
    for fact in facts:
        if isinstance(fact, SpendRecorded):
            expected.setdefault((fact.campaign, fact.day), {})[fact.transaction_id] = fact.amount_micros
    for where, (_, recorded) in account.spend().items():
        assert recorded == sum(expected.get(where, {}).values())


@given(
    st.lists(st.tuples(st.integers(1, 5), st.none() | st.integers(0, 5), st.none() | st.integers(0, 5))),
    st.data(),
)
def test_any_order_of_budgets_gives_the_same(
    pages: list[tuple[int, int | None, int | None]], data: st.DataObject
) -> None:
    """The newest budget stands, also when an older page with another one comes last."""

    def kept(order: list[tuple[int, int | None, int | None]]) -> list[int | None]:
        account = Account().take_all(budgets(as_of, *micros) for as_of, *micros in order)
        return [account.campaign(name).budget_micros for name in CAMPAIGNS]

    assert kept(data.draw(st.permutations(pages))) == kept(pages)


def test_an_older_budget_does_not_win_over_a_newer_one_that_changed_nothing() -> None:
    """Ten, ten again later, and then a late page from between that says twenty: it stays ten."""
    account = Account().take_all([budgets(1, 10), budgets(3, 10), budgets(2, 20)])
    assert account.campaign().budget_micros == 10


def test_a_campaign_named_twice_in_a_page_is_judged_once() -> None:
    """The page's last word counts, and one fact is published."""
    twice = CampaignsObserved(
        "USD",
        "UTC",
        5,
        tuple(CampaignObservation("c1", "c1", "enabled", micros) for micros in (7, 8_000_000)),
    )
    account = Account().take_all([page(0, 12 * HOUR_MS, ("c1", 0, 10_000_000)), twice])
    assert account.campaign().budget_micros == 8_000_000
    assert len([fact for fact in account.facts if isinstance(fact, PaceDeviated)]) == 1


@given(st.integers(1, DAYS_KEPT), st.integers(0, 20))
def test_a_day_is_kept_for_restatements_and_then_buried(back: int, beyond: int) -> None:
    """A total and a push of a past day stay for as long as platforms restate, then go, with their ids."""
    account = Account().take_all([page(0, 5, ("c1", 0, 100)), push(0, "t1", 7)])
    account.take(page(back, 5, ("c1", 0, 1)))
    day = day_of(0)[0]
    assert (sum(totals(account.past(day).cells)), account.past(day).recorded_micros) == (100, 7)
    account.take(page(DAYS_KEPT + 1 + beyond, 5, ("c1", 0, 1)))
    assert [key for key in account.rows if day.encode() in key] == []
    for late in (page(0, 9, ("c1", 0, 200)), push(0, "t2", 7)):
        before = dict(account.rows)
        with pytest.raises(Refused, match="day-too-old"):
            account.take(late)
        assert account.rows == before


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=60))
def test_bands_change_only_beyond_the_hysteresis(ratios: list[int]) -> None:
    """A band is entered at its threshold and left only when the slack is used up."""
    policy, band = AccountRow("USD").policy, pace.ON_TRACK
    for ratio in ratios:
        after = pace.next_band(band, ratio, policy)
        assert pace.next_band(after, ratio, policy) == after
        if band == pace.CRITICAL and ratio >= policy.pace_critical_permille - policy.pace_hysteresis_permille:
            assert after == pace.CRITICAL
        if (
            band == pace.OVER
            and policy.pace_warning_permille - policy.pace_hysteresis_permille
            <= ratio
            < policy.pace_critical_permille
        ):
            assert after == pace.OVER
        if band == pace.UNDER and ratio < policy.pace_under_permille + policy.pace_hysteresis_permille:
            assert after == pace.UNDER
        if (
            policy.pace_under_permille + policy.pace_hysteresis_permille
            <= ratio
            < policy.pace_warning_permille - policy.pace_hysteresis_permille
        ):
            assert after == pace.ON_TRACK
        band = after


@given(st.integers(0, 99))
def test_a_ratio_that_trembles_at_a_threshold_is_told_once(tremble: int) -> None:
    """Within the slack around a threshold there is one change at most."""
    policy = AccountRow("USD").policy
    for threshold in (policy.pace_warning_permille, policy.pace_critical_permille):
        band, changes = pace.next_band(pace.ON_TRACK, threshold - 1, policy), 0
        for ratio in (threshold, threshold - tremble, threshold + 1, threshold - tremble, threshold):
            after = pace.next_band(band, ratio, policy)
            changes, band = changes + (after != band), after
        assert changes <= 1


@given(st.sampled_from([23, 24, 25]), st.integers(1, 25))
def test_a_plan_covers_the_day_as_long_as_it_is(hours: int, elapsed: int) -> None:
    """On days of 23 and 25 hours an even spender is on track at every hour of the day."""
    elapsed = min(elapsed, hours)
    budget = hours * 1_000_000
    seen = [("c1", hour, 1_000_000) for hour in range(elapsed)]
    account = Account().take_all([budgets(1, budget), page(0, elapsed * HOUR_MS, *seen, hours=hours)])
    assert pace.ratio_permille(account.campaign()) in range(999, 1002)  # a plan's shape is kept in 65,535ths
    assert [fact for fact in account.facts if isinstance(fact, PaceDeviated)] == []


@given(st.lists(PAGES | PUSHES, max_size=15), st.integers(1, AMOUNT_MICROS_MAX), st.integers(0, 99_997))
def test_whatever_is_published_can_be_read(facts: list[Fact], budget: int, under: int) -> None:
    """Facts stay within the limits of the language of the log, however odd budget and policy are."""
    policy = PolicySet(1, under + 1, under + 2, under, 0)
    account = Account().take_all([budgets(1, budget, 1), policy, *facts])
    for fact in account.facts:
        event = Event(Envelope("id", fact.TYPE, fact.VERSION, "/test", SUBJECT), fact)
        assert decode(*encode(event)) == event


REFUSED = [
    ("as-of-in-future", page(0, 3 * DAY_MS, ("c1", 0, 5))),
    ("currency-changed", page(0, 5, ("c1", 0, 5), currency="EUR")),
    ("day-bounds", SpendObserved("USD", "2026-03-01", day_of(1)[1], day_of(2)[1], day_of(1)[1], ())),
    ("day-bounds", SpendObserved("USD", "2026-03-01", day_of(0)[1], day_of(1)[1], day_of(0)[1] - 1, ())),
    ("no-such-day", SpendObserved("USD", "2026-02-31", day_of(0)[1], day_of(1)[1], day_of(0)[1], ())),
    ("no-such-day", SpendRecorded("t", "c1", "2026-02-30", 1, "USD")),
    ("no-such-day", SpendRecorded("t", "c1", "0000-01-01", 1, "USD")),
    ("no-such-day", SpendRecorded("t", "c1", "1969-12-31", 1, "USD")),
    ("day-in-future", push(9, "t", 1)),
    ("currency-changed", SpendRecorded("t", "c1", day_of(0)[0], 1, "EUR")),
    ("currency-changed", CampaignsObserved("EUR", "UTC", 1, ())),
    ("as-of-in-future", CampaignsObserved("USD", "UTC", day_of(3)[1], ())),
    ("not-for-this-agent", SpendRestated("c1", day_of(0)[0], 0, 1, 2, 3)),
]


@pytest.mark.parametrize(
    ("reason", "fact"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
@given(before=st.lists(PAGES | PUSHES, max_size=5))
def test_a_refused_event_changes_nothing(reason: str, fact: Fact, before: list[Fact]) -> None:
    """What must not count is refused with its reason, and leaves the state as it was."""
    account = Account().take_all([ClockTicked(day_of(0)[1] + DAY_MS), page(0, 0), *before])
    rows = dict(account.rows)
    with pytest.raises(Refused, match=reason):
        account.take(fact)
    assert account.rows == rows


def test_a_policy_for_an_account_that_nobody_has_seen_is_refused() -> None:
    """Without a currency there is no account to set a policy for."""
    with pytest.raises(Refused, match="unknown-account"):
        Account().take(PolicySet(1))


def test_a_sum_that_no_fact_could_tell_is_refused() -> None:
    """Pushes beyond the largest amount are parked instead of growing without a bound."""
    account = Account().take_all([push(0, "t1", AMOUNT_MICROS_MAX)])
    with pytest.raises(Refused, match="amount-too-large"):
        account.take(push(0, "t2", 1))
    assert account.past(day_of(0)[0]).recorded_micros == AMOUNT_MICROS_MAX


@given(st.permutations([1, 2, 3, 4]))
def test_the_newest_policy_holds_in_any_order(versions: list[int]) -> None:
    """An older version that comes late changes nothing, and decisions name the version in force."""
    account = Account().take_all([page(0, 0), *(PolicySet(version, 1000 + version) for version in versions)])
    kept = account.rows[SUBJECT.encode()]
    assert isinstance(kept, AccountRow)
    assert (kept.policy_version, kept.policy.pace_warning_permille) == (4, 1004)
    assert account.take(page(0, 1, ("c1", 0, 1))).policy_version == 4


@given(st.lists(st.integers(0, 10**12), min_size=1))
def test_the_clock_never_goes_back(times: list[int]) -> None:
    """Of several clocks the furthest one counts."""
    account = Account().take_all(ClockTicked(time) for time in times)
    assert account.take(ClockTicked(max(times))).changes == {}
