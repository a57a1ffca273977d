import pytest

from events.limits import AMOUNT_MICROS_MAX
from events.types import PolicySet, SpendAnswered, SpendRecorded, SpendRequested, StopOrdered
from tests.guard_kit import BUDGET, CAMPAIGN, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, Account, day_of, running


def ask(
    account: Account, amount: int, request: str = "r1", *, hold_ms: int = 0, campaign: str = CAMPAIGN
) -> SpendAnswered:
    """Ask whether the campaign may spend an amount."""
    (answer,) = account.take(SpendRequested(request, campaign, amount, "USD", hold_ms))
    assert isinstance(answer, SpendAnswered)
    return answer


def free() -> Account:
    """Return an account whose hours may cost as much as their day."""
    account = running()
    account.take(PolicySet(1, plan_hour_max_permille=1000))
    account.spend(40_000_000)
    return account


def test_what_fits_is_allowed_and_says_what_remains() -> None:
    """Nothing is held unless it was asked for."""
    answer = ask(free(), 10_000_000)
    assert (answer.verdict, answer.reason, answer.remaining_micros) == ("allowed", "within-plan", 60_000_000)
    assert answer.held_until_ms is None


def test_what_is_left_may_be_spent_to_the_micro_and_not_beyond() -> None:
    """The budget is a limit that nobody rounds."""
    account = free()
    assert ask(account, 60_000_000).verdict == "allowed"
    answer = ask(account, 60_000_001)
    assert (answer.verdict, answer.reason) == ("refused", "over-budget")


def test_a_held_amount_is_nobody_elses_until_it_expires() -> None:
    """Two requests cannot both have the last of it; after a while the first has let go."""
    account = free()
    first = ask(account, 50_000_000, hold_ms=10 * MINUTE_MS)
    assert (first.remaining_micros, first.held_until_ms) == (10_000_000, account.now_ms + 10 * MINUTE_MS)
    assert ask(account, 20_000_000, "r2").reason == "over-budget"
    account.tick(account.now_ms + 10 * MINUTE_MS)
    assert ask(account, 20_000_000, "r2").verdict == "allowed"


def test_asking_again_with_the_same_id_holds_once() -> None:
    """A repeated request takes its own place."""
    account = free()
    ask(account, 50_000_000, hold_ms=HOUR_MS)
    again = ask(account, 50_000_000, hold_ms=HOUR_MS)
    assert (again.verdict, again.remaining_micros) == ("allowed", 10_000_000)


def test_a_recorded_spend_takes_its_held_amounts_place() -> None:
    """The amount counts once: as held before, as spent after."""
    account = free()
    ask(account, 50_000_000, hold_ms=HOUR_MS)
    account.take(SpendRecorded("r1", CAMPAIGN, day_of(account.now_ms)[0], 45_000_000, "USD"))
    assert ask(account, 15_000_000, "r2").verdict == "allowed"
    assert ask(account, 15_000_001, "r2").verdict == "refused"


def test_an_hour_has_its_own_limit() -> None:
    """By default no hour costs more than 15 % of the day, with what is held in it."""
    account = running()
    account.spend(5_000_000, 12)
    assert ask(account, 10_000_000).verdict == "allowed"
    answer = ask(account, 10_000_001)
    assert answer.reason == "over-hour"
    ask(account, 8_000_000, hold_ms=HOUR_MS)
    assert ask(account, 3_000_000, "r2").reason == "over-hour"


def test_a_new_day_has_all_of_its_money() -> None:
    """What yesterday cost is yesterday's, also before the new day's first page."""
    account = free()
    account.tick(START_MS + DAY_MS + MINUTE_MS)
    assert ask(account, 90_000_000).remaining_micros == BUDGET


def test_every_standstill_is_a_refusal_with_its_name() -> None:
    """Unknown, without budget, paused, behind an open breaker, stopped."""
    account = running()
    assert ask(account, 1, campaign="c9").reason == "unknown-campaign"
    account.spend(95_000_000)
    assert ask(account, 1).reason == "circuit-breaker"
    account.take(StopOrdered("s1", "campaign", CAMPAIGN, account.now_ms, "", "ann"))
    assert ask(account, 1).reason == "stopped"
    other = running()
    other.tick(other.now_ms + 5 * MINUTE_MS)
    other.listed("enabled", None)
    assert ask(other, 1).reason == "no-budget"
    other.listed("paused", None)
    other.tick(other.now_ms + 5 * MINUTE_MS)
    other.listed("paused", None)
    assert ask(other, 1).reason == "paused"


def test_a_critical_pace_spends_nothing_more() -> None:
    """Twice the plan is twice too much, though the day's budget is far away."""
    account = Account()
    account.tick(START_MS + 2 * HOUR_MS)
    account.listed()
    account.spend(30_000_000)
    assert ask(account, 1_000).reason in ("overpacing", "circuit-breaker")


@pytest.mark.parametrize("amount", [0, 1, AMOUNT_MICROS_MAX])
def test_the_smallest_and_the_largest_amounts_have_an_answer(amount: int) -> None:
    """Nothing overflows, and nothing divides by it."""
    answer = ask(free(), amount, hold_ms=1)
    assert answer.verdict == ("refused" if amount == AMOUNT_MICROS_MAX else "allowed")
