import itertools

from msgspec.structs import replace

from connectors.local_days import local_day, local_day_of
from connectors.poller.nearness import Spent, near_permille
from connectors.poller.schedule import Due, Schedule, interval_ms
from connectors.ports import Campaign, LocalDay
from tests.poller_kit import CADENCE, DAY, HOUR_MS, LAG_MS, MINUTE_MS, NOON_MS, ZONE, campaign

YESTERDAY = local_day_of(ZONE, "2026-11-19")


def schedule_of(day: LocalDay, now_ms: int) -> Schedule:
    """Give a schedule in the middle of a day, whose past and campaigns were read just now."""
    schedule = Schedule(
        "c/p/1", CADENCE._replace(restated_ms=48 * HOUR_MS, campaigns_ms=48 * HOUR_MS), now_ms
    )
    schedule.done("campaigns", now_ms)
    schedule.enter(day, local_day(ZONE, day.start_ms - 1), now_ms)
    schedule.done("past", now_ms)
    return schedule


def test_nothing_but_the_account_itself_is_read_before_its_zone_is_known() -> None:
    """No day can be asked for without it."""
    schedule = Schedule("c/p/1", CADENCE, NOON_MS)
    assert schedule.next() == Due(NOON_MS, "campaigns")
    schedule.again("campaigns", NOON_MS + 7)
    assert schedule.next() == Due(NOON_MS + 7, "campaigns")


def test_what_pauses_a_campaign_is_read_before_the_past() -> None:
    """When all is due at once, today goes first."""
    schedule = Schedule("c/p/1", CADENCE, NOON_MS)
    schedule.done("campaigns", NOON_MS)
    schedule.enter(DAY, YESTERDAY, NOON_MS)
    order = []
    for _ in range(3):
        order.append(schedule.next().kind)
        schedule.done(order[-1], NOON_MS)
    assert order == ["today", "yesterday", "past"]


def test_a_new_day_begins_at_its_midnight_and_not_a_tick_later() -> None:
    """Whatever the interval would have been, and after a failure too."""
    schedule = schedule_of(DAY, NOON_MS)
    schedule.done("yesterday", NOON_MS)
    schedule.done("today", DAY.end_ms - MINUTE_MS)
    assert schedule.next() == Due(DAY.end_ms, "today")
    schedule.again("today", DAY.end_ms + HOUR_MS)
    assert schedule.next() == Due(DAY.end_ms, "today")


def test_yesterday_is_read_until_its_lag_has_certainly_passed() -> None:
    """The last read of it is then, and after it only restatements are looked for."""
    tomorrow = local_day_of(ZONE, "2026-11-21")
    schedule = schedule_of(tomorrow, tomorrow.start_ms)
    settled_ms = tomorrow.start_ms + 2 * LAG_MS
    reads = []
    while (due := schedule.next()).at_ms <= settled_ms:
        if due.kind == "yesterday":
            reads.append(due.at_ms)
        schedule.done(due.kind, due.at_ms)
    assert reads[0] == tomorrow.start_ms
    assert reads[-1] == settled_ms
    assert all(later - earlier <= CADENCE.spend_ms * 11 // 10 for earlier, later in itertools.pairwise(reads))
    assert not schedule.settled(settled_ms - 1)


def test_yesterday_is_read_once_even_when_nothing_is_ever_restated() -> None:
    """The process may have slept over its end."""
    schedule = Schedule("c/p/1", CADENCE._replace(restated_days=0), NOON_MS)
    schedule.enter(DAY, YESTERDAY, NOON_MS)
    for kind in ("campaigns", "today", "yesterday", "past"):
        schedule.done(kind, NOON_MS)
    later = {schedule.next().kind}
    for _ in range(500):
        due = schedule.next()
        later.add(due.kind)
        schedule.done(due.kind, due.at_ms)
    assert later == {"campaigns", "today"}


def test_the_day_on_which_clocks_change_is_as_long_as_it_is() -> None:
    """In October it has 25 hours, in March 23: midnight is the account's."""
    for name, hours in (("2026-10-25", 25), ("2027-03-28", 23)):
        day = local_day_of(ZONE, name)
        schedule = schedule_of(day, day.end_ms - 1)
        schedule.done("yesterday", day.end_ms - 1)
        schedule.done("today", day.end_ms - 1)
        assert schedule.next() == Due(day.start_ms + hours * HOUR_MS, "today")


def test_an_account_near_its_budget_is_read_sooner() -> None:
    """From half of it on evenly, and at all of it as soon as allowed."""
    assert [interval_ms(CADENCE, near) // MINUTE_MS for near in (0, 500, 750, 1000, 9000)] == [5, 5, 3, 1, 1]
    slower_than_regular = CADENCE._replace(spend_ms_min=HOUR_MS)
    assert interval_ms(slower_than_regular, 1000) == CADENCE.spend_ms


def near(campaigns: list[Campaign], micros: dict[str, int], before: Spent | None = None) -> int:
    """Give how near these campaigns are to their budgets."""
    return near_permille(campaigns, Spent(DAY.day, NOON_MS, micros), before, CADENCE.spend_ms)


def test_the_campaign_that_is_nearest_decides() -> None:
    """One without a budget, or that stands still, says nothing."""
    a, b, free = campaign("a", 100), campaign("b", 1_000), campaign("c", None)
    assert near([a, b, free], {"a": 60, "b": 100, "c": 10**9}) == 600
    assert near([replace(a, status="paused"), b], {"a": 60, "b": 100}) == 100
    assert near([], {}) == near([campaign("z", 0)], {"z": 5}) == 0


def test_nearness_is_foreseen_at_the_pace_of_the_newest_two_reads() -> None:
    """A campaign that runs away is past its budget before a regular read would see it."""
    before = Spent(DAY.day, NOON_MS - MINUTE_MS, {"a": 100})
    assert near([campaign("a", 1_000)], {"a": 200}, before) == 700
    assert near([campaign("a", 1_000)], {"a": 50}, before) == 50
    assert near([campaign("a", 1_000)], {"a": 200}, before._replace(day="2026-11-19")) == 200
    assert near([campaign("a", 1)], {"a": 10**9}) == 10_000
