import pytest

from events.types import BreakerMoved, PauseCampaign, PolicySet, ResumeCampaign
from tests.guard_kit import BUDGET, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, Account, running

QUARTER_MS = 15 * MINUTE_MS


def moves(account: Account) -> list[tuple[str, str]]:
    """Return what became of the breaker, and why."""
    return [(one.state, one.reason) for one in account.moves]


def opened() -> Account:
    """Return an account whose campaign has spent most of its budget by noon, and was paused for it."""
    account = running()
    account.spend(95_000_000)
    account.applied(account.commands[-1])
    return account


def test_most_of_the_budget_gone_ahead_of_plan_opens_the_breaker_and_pauses() -> None:
    """At noon nine tenths are far too much; the command says that it was the breaker."""
    account = opened()
    assert moves(account) == [("open", "budget")]
    command = account.commands[0]
    assert isinstance(command, PauseCampaign)
    assert (command.reason, command.budget_micros) == ("breaker-open", BUDGET)
    assert account.raised("circuit_breaker_open") == ["raised"]


def test_a_campaign_that_ends_its_day_on_plan_is_no_emergency() -> None:
    """It comes to its last tenth every evening, and neither breaker nor alert has anything to say."""
    account = running()
    for hour in range(24):
        account.tick(START_MS + hour * HOUR_MS + HOUR_MS - 1)
        account.spend(BUDGET // 24, hour)
    assert account.moves == []
    assert account.commands == []
    assert account.raised("emergency_stop_required") == []
    assert account.raised("budget_utilisation") == []


def test_after_its_cooldown_it_runs_on_probation_only_once_the_plan_has_come_up() -> None:
    """An hour later the plan has not, so it is asked again; at eleven at night it has."""
    account = opened()
    account.tick(START_MS + 13 * HOUR_MS)
    assert len(account.commands) == 1
    for quarter in range(43):
        account.tick(START_MS + 13 * HOUR_MS + quarter * QUARTER_MS)
    assert [type(one) for one in account.commands] == [PauseCampaign, ResumeCampaign]
    assert isinstance(account.commands[1], ResumeCampaign)
    assert account.commands[1].reason == "breaker-probe"
    assert account.commands[1].decided_ms >= START_MS + 22 * HOUR_MS + 48 * MINUTE_MS
    assert moves(account) == [("open", "budget"), ("half_open", "cooldown-over")]
    assert account.raised("circuit_breaker_open") == ["raised"]


def on_probation(policy: PolicySet | None = None) -> Account:
    """Return an account whose campaign ran too fast at four and is on probation since half past five."""
    account = Account()
    account.tick(START_MS)
    account.listed()
    account.take(policy or PolicySet(1))
    for hour, micros in ((0, 2_000_000), (1, 2_000_000), (2, 2_000_000), (3, 14_000_000)):
        account.tick(START_MS + hour * HOUR_MS + HOUR_MS - MINUTE_MS)
        account.spend(micros, hour)
    account.applied(account.commands[-1])
    while account.moves[-1].state == "open":
        account.tick(account.now_ms + QUARTER_MS)
    account.applied(account.commands[-1])
    return account


def test_an_hour_many_times_its_plan_opens_the_breaker() -> None:
    """Three times the hour's plan, and a part of the day that matters."""
    account = on_probation()
    assert moves(account)[0] == ("open", "velocity")


def test_a_small_hour_many_times_its_plan_does_not() -> None:
    """A few cents at night are many times a plan of next to nothing, and no runaway."""
    account = running()
    account.tick(START_MS + 12 * HOUR_MS + MINUTE_MS)
    account.spend(4_900_000, 12)
    assert account.moves == []


def test_a_quiet_probation_closes_the_breaker() -> None:
    """Within its plan for half an hour, as a page has told: the alert is over as well."""
    account = on_probation()
    account.tick(account.now_ms + QUARTER_MS)
    account.spend(1_000_000, (account.now_ms - START_MS) // HOUR_MS)
    account.tick(account.now_ms + QUARTER_MS)
    assert moves(account)[-1] == ("closed", "recovered")
    assert account.raised("circuit_breaker_open") == ["raised", "recovered"]


def test_nobody_is_acquitted_by_silence() -> None:
    """While no page has told what was spent on probation, it goes on."""
    account = on_probation()
    for _ in range(8):
        account.tick(account.now_ms + QUARTER_MS)
    assert moves(account)[-1][0] == "half_open"


def test_a_probation_that_runs_away_opens_it_again_for_twice_as_long() -> None:
    """The page that shows it is enough."""
    account = on_probation()
    account.tick(account.now_ms + QUARTER_MS)
    account.spend(20_000_000, (account.now_ms - START_MS) // HOUR_MS)
    assert moves(account)[-1] == ("open", "probe-failed")
    first, again = account.moves[0], account.moves[-1]
    assert cooldown(again) == 2 * cooldown(first) == 2 * HOUR_MS


def cooldown(move: BreakerMoved) -> int:
    """Return for how long a breaker opened."""
    assert move.until_ms is not None
    return move.until_ms - move.at_ms


def test_spending_far_above_plan_again_and_again_opens_it() -> None:
    """Three stretches within the hour, each at more than twice its plan, while the day is ahead of it."""
    account = Account()
    account.tick(START_MS)
    account.listed()
    account.take(PolicySet(1, breaker_velocity_permille=0, pace_critical_permille=1900))
    account.tick(START_MS + 4 * HOUR_MS)
    account.spend(25_000_000)
    total = 0
    for quarter in range(1, 4):
        account.tick(START_MS + 4 * HOUR_MS + quarter * QUARTER_MS)
        total += 2_500_000
        account.spend(total, 4)
    assert moves(account) == [("open", "rapid")]


def test_a_new_day_begins_on_probation() -> None:
    """It runs again at midnight, and the breaker closes when the new day has shown itself."""
    account = opened()
    account.tick(START_MS + DAY_MS)
    assert isinstance(account.commands[-1], ResumeCampaign)
    assert account.commands[-1].reason == "new-day"
    assert moves(account)[-1] == ("half_open", "new-day")
    account.applied(account.commands[-1])
    account.tick(START_MS + DAY_MS + 20 * MINUTE_MS)
    account.spend(500_000)
    account.tick(START_MS + DAY_MS + 40 * MINUTE_MS)
    assert moves(account)[-1] == ("closed", "recovered")


def test_a_person_who_lets_it_run_puts_it_on_probation_for_the_day() -> None:
    """The breaker is no longer open, and does not open again that day, whatever is spent."""
    account = opened()
    account.tick(account.now_ms + 10 * MINUTE_MS)
    account.listed("enabled")
    assert moves(account)[-1][0] == "half_open"
    account.tick(account.now_ms + 10 * MINUTE_MS)
    account.spend(300_000_000)
    assert moves(account)[-1][0] == "half_open"
    assert len(account.commands) == 1


@pytest.mark.parametrize(
    "policy",
    [
        PolicySet(1, breaker_budget_permille=0, breaker_velocity_permille=0, breaker_rapid_count=0),
        PolicySet(1, guard_pause_permille=0),
    ],
)
def test_a_policy_may_keep_the_breaker_from_pausing(policy: PolicySet) -> None:
    """With its rules off it does not open; who never pauses is not paused by it either."""
    account = running()
    account.take(policy)
    account.spend(95_000_000)
    assert account.commands == []


def test_who_lets_a_campaign_run_before_its_probation_is_not_paused_again() -> None:
    """The probe finds it running: a person was there first, is told, and has the day."""
    account = Account()
    account.tick(START_MS)
    account.listed()
    for hour, micros in ((0, 2_000_000), (1, 2_000_000), (2, 2_000_000), (3, 14_000_000)):
        account.tick(START_MS + hour * HOUR_MS + HOUR_MS - MINUTE_MS)
        account.spend(micros, hour)
    account.applied(account.commands[-1])
    while account.moves[-1].state == "open":
        account.tick(account.now_ms + QUARTER_MS)
    account.superseded(account.commands[-1], found_status="enabled", found_budget_micros=BUDGET)
    assert [(one.what, one.theirs) for one in account.edits] == [("status", "enabled")]
    commands = len(account.commands)
    for hour in range(6, 20):
        account.tick(START_MS + hour * HOUR_MS + HOUR_MS - MINUTE_MS)
        account.spend(30_000_000, hour)
    assert len(account.commands) == commands
