from msgspec.structs import replace

from domain.guard import platforms
from domain.guard.rows import SteerRow, steer_key
from domain.pacing import plan
from domain.pacing.rows import PlanRow, campaign_key, plan_key
from events.types import CommandFailed, PauseCampaign, PolicySet, ResumeCampaign, SetBudget, TermsSet
from tests.guard_kit import (
    BUDGET,
    CAMPAIGN,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    SUBJECT,
    Account,
    learn,
    running,
    steered,
)

HALF_MS = HOUR_MS // 2
NO_BREAKER = PolicySet(1, breaker_budget_permille=0, breaker_velocity_permille=0, breaker_rapid_count=0)


def carry_on(account: Account, micros: int, *, until: int = 24) -> None:
    """Let hours pass with the same spend in each, and every budget take effect."""
    hour = (account.now_ms - START_MS) // HOUR_MS + 1
    for at in range(hour, until):
        account.tick(START_MS + at * HOUR_MS + HALF_MS)
        account.spend(micros, at)
        settle(account)


def plan_of(account: Account) -> PlanRow:
    """Return the plan of the campaign's day."""
    row = account.rows[plan_key(campaign_key(SUBJECT, CAMPAIGN))]
    assert isinstance(row, PlanRow)
    return row


def settle(account: Account) -> None:
    """Let the newest budget take effect."""
    if account.budgets and account.row.budget_micros != account.budgets[-1].to_micros:
        account.applied(account.budgets[-1])


def test_a_campaign_that_falls_behind_gets_a_larger_budget_in_few_steps() -> None:
    """No step is larger than policy allows, none goes beyond the ceiling, and each says its target."""
    account = steered(hour=1)
    carry_on(account, BUDGET // 48)
    tos = [one.to_micros for one in account.budgets]
    assert 2 <= len(tos) <= 6
    assert tos == sorted(tos)
    assert tos[-1] <= 2 * BUDGET
    assert all(one.to_micros * 2 <= one.from_micros * 3 for one in account.budgets)
    assert {(one.reason, one.target_micros) for one in account.budgets} == {("steering", BUDGET)}


def test_a_campaign_on_plan_keeps_its_budget() -> None:
    """What is near enough is left as it is."""
    account = steered(hour=1)
    hours = plan.hours(plan_of(account).totals)
    account.spend(hours[0])
    for at in range(1, 22):
        account.tick(START_MS + (at + 1) * HOUR_MS - MINUTE_MS)
        account.spend(hours[at], at)
    assert account.budgets == []


def test_without_history_nothing_is_steered() -> None:
    """No evidence, no steering; the pause at the limit is there from the first day."""
    account = running()
    for hour in range(12, 20):
        account.tick(START_MS + hour * HOUR_MS + HALF_MS)
        account.spend(1_000_000, hour)
    assert account.budgets == []


def test_a_policy_of_no_edits_never_edits() -> None:
    """Zero edits a day leaves every budget alone."""
    account = steered(hour=1, policy=PolicySet(1, steer_edits_a_day_max=0))
    carry_on(account, BUDGET // 48)
    assert account.budgets == []


def test_a_policy_of_one_edit_makes_one() -> None:
    """However far behind the campaign falls."""
    account = steered(hour=1, policy=PolicySet(1, steer_edits_a_day_max=1))
    carry_on(account, BUDGET // 48)
    assert len(account.budgets) == 1


def test_no_budget_is_so_small_that_the_day_could_not_come_to_its_target() -> None:
    """A platform spends twice a budget at the most, so half of the target is the least."""
    policy = replace(NO_BREAKER, guard_pause_permille=0, steer_step_permille=10_000)
    account = steered(hour=1, policy=policy)
    carry_on(account, BUDGET // 8, until=7)
    assert min(one.to_micros for one in account.budgets) == BUDGET // 2


def test_a_day_that_is_spent_is_over_and_the_next_begins_at_midnight() -> None:
    """A steered campaign is paused at its target, not above it, and runs again on its next day."""
    account = steered(hour=1, policy=NO_BREAKER)
    carry_on(account, BUDGET // 16, until=17)
    pauses = [one for one in account.commands if isinstance(one, PauseCampaign)]
    assert pauses[0].reason == "day-spent"
    assert pauses[0].spent_micros < BUDGET * 11 // 10
    account.applied(pauses[0])
    account.tick(START_MS + DAY_MS)
    assert [one.reason for one in account.commands if isinstance(one, ResumeCampaign)] == ["new-day"]


def test_the_budget_goes_back_to_its_target_at_midnight() -> None:
    """What was needed today says little of tomorrow, but that the platform made less of it than it says."""
    account = steered(hour=1)
    carry_on(account, BUDGET // 48)
    last = account.budgets[-1]
    account.tick(START_MS + DAY_MS)
    account.tick(START_MS + DAY_MS + HOUR_MS)
    assert account.budgets[-1].reason == "new-day"
    assert BUDGET <= account.budgets[-1].to_micros < last.to_micros


def edited() -> Account:
    """Return an account in which a person has set another budget over ours."""
    account = steered(hour=1)
    carry_on(account, BUDGET // 48, until=8)
    account.tick(account.now_ms + 10 * MINUTE_MS)
    account.listed("enabled", 3 * BUDGET)
    return account


def test_a_budget_that_a_person_sets_becomes_the_target_and_is_left_alone_for_the_day() -> None:
    """It is told, and nothing is edited until the next day."""
    account = edited()
    learn(account)
    before = len(account.budgets)
    assert [(one.what, one.theirs_micros) for one in account.edits] == [("budget", 3 * BUDGET)]
    assert account.edits[0].keeps_off_until_ms == START_MS + DAY_MS
    assert account.row.target_micros == 3 * BUDGET
    carry_on(account, BUDGET // 48)
    assert len(account.budgets) == before


def test_our_own_budget_in_a_list_is_nobodys_edit() -> None:
    """Neither when it shows what was before it, shortly after, nor when it shows ours."""
    account = steered(hour=1)
    carry_on(account, BUDGET // 48, until=8)
    ours = account.budgets[-1]
    account.tick(account.now_ms + MINUTE_MS)
    account.listed("enabled", ours.from_micros)
    assert account.row.budget_micros == ours.to_micros
    account.tick(account.now_ms + 10 * MINUTE_MS)
    account.listed("enabled", ours.to_micros)
    assert account.edits == []
    assert account.row.target_micros == BUDGET


def test_a_budget_back_at_what_it_was_long_after_our_edit_is_a_persons() -> None:
    """When a write has had its time to be seen, what is shown is somebody's decision."""
    account = steered(hour=1)
    carry_on(account, BUDGET // 48, until=8)
    account.tick(account.now_ms + 10 * MINUTE_MS)
    account.listed("enabled", account.budgets[-1].from_micros)
    assert [one.what for one in account.edits] == ["budget"]


def test_a_failed_edit_leaves_the_budget_as_it_was_for_an_hour() -> None:
    """The platform gave no answer; the next hour may ask again, not the next page."""
    account = steered(hour=1)
    account.tick(START_MS + 5 * HOUR_MS + HALF_MS)
    account.spend(0, 5)
    while not account.budgets:
        account.tick(account.now_ms + HOUR_MS)
        account.spend(0, (account.now_ms - START_MS) // HOUR_MS)
    first = account.budgets[0]
    failed = CommandFailed("id", CAMPAIGN, "set-budget", first.order, 3, account.now_ms, "gave-up", "")
    account.take(failed)
    assert account.row.budget_micros == BUDGET
    account.tick(account.now_ms + 2 * HOUR_MS)
    account.spend(0, (account.now_ms - START_MS) // HOUR_MS)
    assert [one.from_micros for one in account.budgets] == [BUDGET, BUDGET]


def test_a_pause_while_a_budget_is_on_its_way_holds_whatever_it_finds() -> None:
    """Nobody knows which of the two budgets the pause will find, and it is not to be left for that."""
    account = steered(hour=1)
    while not account.budgets:
        account.tick(account.now_ms + HOUR_MS)
        account.spend(0, (account.now_ms - START_MS) // HOUR_MS)
    account.spend(120_000_000, 1)
    assert isinstance(account.commands[-1], PauseCampaign)
    assert account.commands[-1].budget_micros is None
    assert account.commands[-1].order == account.budgets[-1].order + 1


def test_terms_of_their_own_bring_the_platforms_budget_to_them() -> None:
    """A person says what a day may cost; without any history the platform is told so within the hour."""
    account = running()
    account.spend(1_000_000, 11)
    account.take(TermsSet(CAMPAIGN, 1, "USD", budget="day", amount_micros=60_000_000, why="less in winter"))
    account.tick(START_MS + 13 * HOUR_MS)
    account.spend(2_000_000, 12)
    assert [(one.reason, one.to_micros) for one in account.budgets] == [("terms", 60_000_000)]


def test_closed_hours_pause_and_open_again() -> None:
    """By a person's terms the campaign spends from eight to twenty, so it stands still at night."""
    account = Account()
    account.tick(START_MS + 19 * HOUR_MS)
    account.listed()
    account.spend(50_000_000, 18)
    open_hours = (((1 << 20) - (1 << 8)),) * 7
    account.take(TermsSet(CAMPAIGN, 1, "USD", open_hours=open_hours))
    account.tick(START_MS + 19 * HOUR_MS + MINUTE_MS)
    account.tick(START_MS + 20 * HOUR_MS + MINUTE_MS)
    account.spend(50_100_000, 18)
    assert isinstance(account.commands[0], PauseCampaign)
    assert account.commands[0].reason == "closed-hours"
    account.applied(account.commands[0])
    account.tick(START_MS + DAY_MS)
    assert len(account.commands) == 1
    account.tick(START_MS + DAY_MS + 8 * HOUR_MS)
    assert isinstance(account.commands[1], ResumeCampaign)
    assert account.commands[1].reason == "open-hours"


def test_what_a_platform_makes_of_budgets_is_learned_over_a_day() -> None:
    """One that spends half of what it is given is known for it by the evening."""
    account = steered(hour=1)
    carry_on(account, BUDGET // 48, until=22)
    row = account.rows[steer_key(campaign_key(SUBJECT, CAMPAIGN))]
    assert isinstance(row, SteerRow)
    assert 250_000 < row.gain_ppm < 450_000


def test_platforms_have_their_own_bounds_and_unknown_ones_careful_ones() -> None:
    """Where a budget caps the day, none below the target is set; amounts are such as every platform takes."""
    assert platforms.of("acme/google/1").lowest_micros(BUDGET) == BUDGET // 2
    assert platforms.of("acme/nowhere/1").lowest_micros(BUDGET) == BUDGET
    assert platforms.of("acme/amazon_ads/1").paces is False
    assert platforms.rounded(123_456_789, 1) == 123_000_000
    assert platforms.rounded(23_456_789, 1) == 23_450_000
    assert platforms.rounded(10, 1_000_000) == 1_000_000


def test_an_edit_is_told_with_what_it_was_decided_from() -> None:
    """The executor leaves it where it finds anything else."""
    account = steered(hour=1)
    carry_on(account, BUDGET // 48)
    before = BUDGET
    for one in account.budgets:
        assert isinstance(one, SetBudget)
        assert one.from_micros == before
        before = one.to_micros
