from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.draft import Draft
from domain.guard import agenda
from domain.guard.rows import FREE, PAUSED, PAUSING
from events.types import (
    CommandFailed,
    PauseCampaign,
    PolicySet,
    ResumeCampaign,
    SpendObservation,
    SpendObserved,
)
from tests.guard_kit import (
    BUDGET,
    CAMPAIGN,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    SUBJECT,
    Account,
    action_of,
    day_of,
    paused,
    running,
)

if TYPE_CHECKING:
    from domain.decision import Row


NO_BREAKER = PolicySet(1, breaker_budget_permille=0, breaker_velocity_permille=0, breaker_rapid_count=0)
AROUND_LIMITS = st.one_of(
    st.integers(0, 3 * BUDGET),
    st.integers(BUDGET * 9 // 10 - 2, BUDGET * 9 // 10 + 2),
    st.integers(BUDGET * 11 // 10 - 2, BUDGET * 11 // 10 + 2),
)


@given(AROUND_LIMITS)
def test_a_campaign_is_paused_beyond_its_limit_and_never_before(micros: int) -> None:
    """At 110 % of the budget nothing happens yet; a micro more, and the pause is on its topic."""
    account = running()
    account.take(NO_BREAKER)
    account.spend(micros)
    assert len(account.commands) == (micros > BUDGET * 11 // 10)


@given(AROUND_LIMITS)
def test_ahead_of_its_plan_the_breaker_pauses_it_at_nine_tenths_and_never_before(micros: int) -> None:
    """By noon nine tenths are too much; beyond the limit it is the limit that is named."""
    account = running()
    account.spend(micros)
    reasons = [one.reason for one in account.commands if isinstance(one, PauseCampaign)]
    over, gone = micros > BUDGET * 11 // 10, micros > BUDGET * 9 // 10
    assert reasons == (["over-budget"] if over else ["breaker-open"] if gone else [])


@given(st.sampled_from([1, 2, 10**6, 10**12, 10**15]), st.integers(0, 10**15), st.integers(0, 23))
def test_no_budget_is_too_small_or_too_large_to_be_held(budget: int, micros: int, hour: int) -> None:
    """One micro and a billion units: the limit is the same share of each, whenever it is passed."""
    account = Account()
    account.tick(START_MS + hour * HOUR_MS + MINUTE_MS)
    account.listed("enabled", budget)
    account.take(NO_BREAKER)
    account.spend(micros, hour)
    assert len(account.commands) == (micros * 1000 > budget * 1100)


def test_a_budget_of_nothing_is_the_platforms_own_pause() -> None:
    """Where nothing may be spent the platform spends nothing, and there is nothing to add."""
    account = Account()
    account.tick(START_MS + 12 * HOUR_MS)
    account.listed("enabled", 0)
    account.spend(0)
    assert account.commands == []


def test_spend_that_shrinks_below_the_plan_lets_a_campaign_run_again_today() -> None:
    """A restatement took back what it was paused for; the plan allows it, so nobody waits for midnight."""
    account = paused()
    account.tick(account.now_ms + 30 * MINUTE_MS)
    account.spend(20_000_000)
    assert [action_of(one) for one in account.commands] == ["pause", "resume"]
    assert isinstance(account.commands[1], ResumeCampaign)
    assert account.commands[1].reason == "plan-allows"


def test_a_raised_budget_lets_a_campaign_run_again_today() -> None:
    """A person gives it three times the money: as soon as the new plan has come up to what was spent."""
    account = paused()
    account.tick(account.now_ms + 30 * MINUTE_MS)
    account.listed("paused", 3 * BUDGET)
    assert len(account.commands) == 1
    for quarter in range(20):
        account.tick(START_MS + 13 * HOUR_MS + quarter * 15 * MINUTE_MS)
    assert [action_of(one) for one in account.commands] == ["pause", "resume"]


def test_a_budget_changed_at_the_last_minute_is_judged_by_it_and_forgotten_at_midnight() -> None:
    """At 23:59 half of the money is gone from under a campaign: it is paused, for a minute."""
    account = running()
    account.tick(START_MS + DAY_MS - 2 * MINUTE_MS)
    account.spend(90_000_000)
    account.tick(START_MS + DAY_MS - MINUTE_MS)
    account.listed("enabled", BUDGET // 2)
    assert [action_of(one) for one in account.commands] == ["pause"]
    account.applied(account.commands[0])
    account.tick(START_MS + DAY_MS)
    assert [action_of(one) for one in account.commands] == ["pause", "resume"]


def test_what_is_probably_over_its_limit_is_paused_before_it_is_seen() -> None:
    """The platform says that its figures lack three hours: what those cost counts as well."""
    account = Account()
    account.tick(START_MS)
    account.listed()
    account.take(replace(NO_BREAKER, guard_likely_permille=700))
    account.polled(3 * HOUR_MS)
    for hour in range(12):
        account.tick(START_MS + (hour + 3) * HOUR_MS)
        account.polled(3 * HOUR_MS)
        account.spend(8_500_000, hour)
    reasons = [one.reason for one in account.commands if isinstance(one, PauseCampaign)]
    assert reasons[:1] == ["likely-over-budget"]


@given(st.lists(st.integers(0, 3 * BUDGET), max_size=20))
def test_a_pause_is_commanded_once_however_often_spend_is_seen(totals: list[int]) -> None:
    """While a pause is on its way, or in force, nothing is added to it."""
    account = running()
    for minute, micros in enumerate(totals):
        account.tick(START_MS + 12 * HOUR_MS + minute * MINUTE_MS)
        account.spend(micros)
    assert len(account.commands) <= 1


def test_what_we_paused_runs_again_on_the_accounts_next_day_and_not_before() -> None:
    """The first tick of the next day commands it, once."""
    account = paused()
    account.tick(START_MS + DAY_MS - 1)
    assert len(account.commands) == 1
    account.tick(START_MS + DAY_MS)
    account.tick(START_MS + DAY_MS + MINUTE_MS)
    assert [action_of(command) for command in account.commands] == ["pause", "resume"]
    account.applied(account.commands[-1])
    assert (account.guard.state, account.guard.status) == (FREE, "enabled")


def test_a_pause_that_lands_after_midnight_is_taken_back_at_once() -> None:
    """Its day is over when it comes into force, so the campaign must not stand still for another one."""
    account = running()
    account.spend(120_000_000)
    account.tick(START_MS + DAY_MS + HOUR_MS)
    assert len(account.commands) == 1
    account.applied(account.commands[0])
    assert [action_of(command) for command in account.commands] == ["pause", "resume"]


def test_a_campaign_that_a_person_resumed_is_left_alone_for_the_day() -> None:
    """It is told, and neither paused again that day nor resumed at its end; the next day counts afresh."""
    account = paused()
    account.tick(START_MS + 13 * HOUR_MS)
    account.listed("enabled")
    account.spend(200_000_000)
    account.tick(START_MS + DAY_MS)
    assert [action_of(command) for command in account.commands] == ["pause"]
    assert [(edit.ours, edit.theirs) for edit in account.edits] == [("paused", "enabled")]
    account.spend(120_000_000)
    assert [action_of(command) for command in account.commands] == ["pause", "pause"]


def test_a_campaign_that_a_person_paused_is_never_resumed() -> None:
    """Whether it was seen in a list or found by the executor."""
    seen = running()
    seen.listed("paused")
    seen.tick(START_MS + 12 * HOUR_MS + MINUTE_MS)
    seen.listed("paused")
    seen.spend(150_000_000)
    assert seen.commands == []
    found = running()
    found.spend(150_000_000)
    found.superseded(found.commands[0], found_status="paused", found_budget_micros=BUDGET)
    for account in (seen, found):
        account.tick(START_MS + 2 * DAY_MS)
        assert [one for one in account.commands if isinstance(one, ResumeCampaign)] == []


def test_a_list_from_just_after_our_pause_is_no_persons_edit() -> None:
    """It may show what was before; taken for an edit, the campaign would stay paused for ever."""
    account = paused()
    account.tick(account.now_ms + MINUTE_MS)
    account.listed("enabled")
    assert account.guard.state == PAUSED
    account.tick(START_MS + DAY_MS)
    assert isinstance(account.commands[-1], ResumeCampaign)


def test_a_raised_budget_supersedes_the_pause_and_is_judged_anew() -> None:
    """What the executor found instead is as good as a list: no pause under 110 % of it, one above."""
    for raised, pauses in ((2 * BUDGET, 1), (BUDGET + 1, 2)):
        account = running()
        account.spend(120_000_000)
        account.tick(account.now_ms + MINUTE_MS)
        account.superseded(
            account.commands[0], reason="foreign-edit", found_status="enabled", found_budget_micros=raised
        )
        assert len(account.commands) == pauses


def test_a_person_who_undoes_our_pause_before_it_is_read_back_is_respected() -> None:
    """The attempt was made and the platform shows otherwise since: that was somebody."""
    account = running()
    account.spend(120_000_000)
    account.superseded(
        account.commands[0],
        attempts=1,
        reason="foreign-edit",
        found_status="enabled",
        found_budget_micros=BUDGET,
    )
    account.tick(account.now_ms + MINUTE_MS)
    account.spend(150_000_000)
    assert len(account.commands) == 1
    assert len(account.edits) == 1


def test_a_resume_that_failed_is_tried_again() -> None:
    """A campaign that we paused must not stay so because the platform was down at midnight."""
    account = paused()
    account.tick(START_MS + DAY_MS)
    failed = account.commands[-1]
    account.take(
        CommandFailed("id", CAMPAIGN, "resume", failed.order, 3, account.now_ms, "gave-up", "no answer")
    )
    account.tick(account.now_ms + MINUTE_MS)
    assert len(account.commands) == 2
    account.tick(START_MS + DAY_MS + HOUR_MS)
    assert [action_of(one) for one in account.commands] == ["pause", "resume", "resume"]
    account.superseded(account.commands[-1], reason="expired")
    assert [action_of(one) for one in account.commands] == ["pause", "resume", "resume", "resume"]


def test_a_pause_that_failed_is_tried_again_later_while_the_campaign_still_spends() -> None:
    """Not with each page, which would only repeat the refusal."""
    account = running()
    account.spend(120_000_000)
    order = account.commands[0].order
    account.take(CommandFailed("id", CAMPAIGN, "pause", order, 1, account.now_ms, "forbidden", "no right"))
    account.tick(account.now_ms + MINUTE_MS)
    account.spend(121_000_000)
    assert len(account.commands) == 1
    account.tick(account.now_ms + 20 * MINUTE_MS)
    account.spend(122_000_000)
    assert [action_of(one) for one in account.commands] == ["pause", "pause"]


def test_an_outcome_answers_its_own_command_and_no_other() -> None:
    """Yesterday's pause is told once more while today's is on its way: it is not in force yet."""
    account = paused()
    account.tick(START_MS + DAY_MS)
    account.applied(account.commands[-1])
    account.tick(START_MS + DAY_MS + HOUR_MS)
    account.spend(120_000_000)
    account.applied(account.commands[0])
    assert account.guard.state == PAUSING


def test_a_policy_of_zero_never_pauses_and_another_limit_holds_at_once() -> None:
    """The threshold is the newest policy's, and the command says which."""
    account = running()
    account.take(PolicySet(1, guard_pause_permille=0))
    account.spend(900_000_000)
    assert account.commands == []
    account.take(PolicySet(2, guard_pause_permille=1500))
    account.tick(account.now_ms + MINUTE_MS)
    account.spend(900_000_001)
    assert [command.limit_micros for command in account.commands if isinstance(command, PauseCampaign)] == [
        150_000_000
    ]


def test_yesterdays_pages_pause_nothing() -> None:
    """A late page may show that yesterday ran away; today has its own budget."""
    account = running()
    day, start_ms = day_of(account.now_ms)
    account.tick(START_MS + DAY_MS + HOUR_MS)
    late = (SpendObservation(CAMPAIGN, 23, 900_000_000),)
    account.take(SpendObserved("USD", day, start_ms, start_ms + DAY_MS, account.now_ms, late))
    assert account.commands == []


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 1300)), max_size=6),
    st.lists(st.integers(0, 8), min_size=1, max_size=40),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_the_agenda_gives_back_each_campaign_once_when_it_is_due(
    noted: list[tuple[int, int]], moments: list[int]
) -> None:
    """Whatever is noted for a moment comes when the clock has passed it, in bounded portions, and is gone."""
    rows: dict[bytes, Row] = {}

    def commit(draft: Draft) -> None:
        for key, row in draft.changes.items():
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row

    expected: dict[tuple[str, str], int] = {}
    for entry, (due_ms, count) in enumerate(noted):
        draft = Draft(rows.get)
        for number in range(count):
            agenda.put(draft, due_ms, SUBJECT, f"c{entry}.{number}")
            expected[SUBJECT, f"c{entry}.{number}"] = due_ms
        commit(draft)
    taken: list[tuple[str, str]] = []
    for now_ms in [*sorted(moments), 9, 9, 9]:
        draft = Draft(rows.get)
        now = list(agenda.take(draft, now_ms))
        assert len(now) <= agenda.CAMPAIGNS_A_ROW_MAX * agenda.ROWS_A_TICK_MAX
        assert all(expected[one] <= now_ms for one in now)
        taken += now
        commit(draft)
    assert sorted(taken) == sorted(expected)
    assert rows == {}
