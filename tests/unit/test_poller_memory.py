from connectors.poller.memory import BELIEVED_MS, Memory
from connectors.ports import HourSpend

DAY = "2026-11-20"
READ_MS = 1_795_262_400_000


def test_an_hour_that_was_corrected_to_nothing_is_told_as_zero() -> None:
    """Platforms leave out what is zero, and what is left out would go on counting."""
    memory = Memory()
    rows = [HourSpend("a", 3, 500), HourSpend("a", 4, 700, clicks=2), HourSpend("b", 0, 1)]
    assert memory.with_zeros(DAY, rows) == rows
    memory.remember(DAY, READ_MS, rows)
    assert memory.with_zeros(DAY, [HourSpend("a", 4, 700)]) == [
        HourSpend("a", 3, 0),
        HourSpend("a", 4, 700),
        HourSpend("b", 0, 0),
    ]
    assert memory.with_zeros("2026-11-21", []) == []


def test_a_zero_is_told_once() -> None:
    """Once published, it is what the log knows."""
    memory = Memory()
    memory.remember(DAY, READ_MS, [HourSpend("a", 3, 500)])
    memory.remember(DAY, READ_MS, memory.with_zeros(DAY, []))
    assert memory.with_zeros(DAY, []) == []


def test_a_day_differs_when_a_total_does() -> None:
    """What was never read differs too; a campaign without spend is as none."""
    memory = Memory()
    assert memory.is_stale(DAY, READ_MS, {})
    memory.remember(DAY, READ_MS, [HourSpend("a", 3, 500), HourSpend("a", 4, 700), HourSpend("b", 1, 0)])
    assert not memory.is_stale(DAY, READ_MS, {"a": 1_200})
    assert not memory.is_stale(DAY, READ_MS, {"a": 1_200, "b": 0})
    assert memory.is_stale(DAY, READ_MS, {"a": 1_199})
    assert memory.is_stale(DAY, READ_MS, {"a": 1_200, "b": 1})


def test_what_the_platform_said_of_the_day_itself_goes_before_the_sum_of_its_hours() -> None:
    """Some round hours and days apart; such a day would be read again for ever."""
    memory = Memory()
    memory.remember(DAY, READ_MS, [HourSpend("a", 3, 500)], {"a": 499})
    assert not memory.is_stale(DAY, READ_MS, {"a": 499})
    assert memory.is_stale(DAY, READ_MS, {"a": 500})


def test_days_that_nobody_asks_for_are_forgotten() -> None:
    """What is kept is bounded by the days that may still be restated."""
    memory = Memory()
    memory.remember(DAY, READ_MS, [HourSpend("a", 3, 500)])
    memory.keep({"2026-11-21"})
    assert memory.is_stale(DAY, READ_MS, {"a": 500})


def test_what_was_published_is_believed_for_a_while_only() -> None:
    """A page may have been parked behind the poller's back; reading the day again brings it back."""
    memory = Memory()
    memory.remember(DAY, READ_MS, [HourSpend("a", 3, 500)])
    assert not memory.is_stale(DAY, READ_MS + BELIEVED_MS, {"a": 500})
    assert memory.is_stale(DAY, READ_MS + BELIEVED_MS + 1, {"a": 500})
