from connectors.poller.memory import Memory
from connectors.ports import HourSpend

DAY = "2026-11-20"


def test_an_hour_that_was_corrected_to_nothing_is_told_as_zero() -> None:
    """Platforms leave out what is zero, and what is left out would go on counting."""
    memory = Memory()
    rows = [HourSpend("a", 3, 500), HourSpend("a", 4, 700, clicks=2), HourSpend("b", 0, 1)]
    assert memory.with_zeros(DAY, rows) == rows
    memory.remember(DAY, rows)
    assert memory.with_zeros(DAY, [HourSpend("a", 4, 700)]) == [
        HourSpend("a", 3, 0),
        HourSpend("a", 4, 700),
        HourSpend("b", 0, 0),
    ]
    assert memory.with_zeros("2026-11-21", []) == []


def test_a_zero_is_told_once() -> None:
    """Once published, it is what the log knows."""
    memory = Memory()
    memory.remember(DAY, [HourSpend("a", 3, 500)])
    memory.remember(DAY, memory.with_zeros(DAY, []))
    assert memory.with_zeros(DAY, []) == []


def test_a_day_differs_when_a_total_does() -> None:
    """What was never read differs too; a campaign without spend is as none."""
    memory = Memory()
    assert memory.differs(DAY, {})
    memory.remember(DAY, [HourSpend("a", 3, 500), HourSpend("a", 4, 700), HourSpend("b", 1, 0)])
    assert not memory.differs(DAY, {"a": 1_200})
    assert not memory.differs(DAY, {"a": 1_200, "b": 0})
    assert memory.differs(DAY, {"a": 1_199})
    assert memory.differs(DAY, {"a": 1_200, "b": 1})


def test_what_the_platform_said_of_the_day_itself_goes_before_the_sum_of_its_hours() -> None:
    """Some round hours and days apart; such a day would be read again for ever."""
    memory = Memory()
    memory.remember(DAY, [HourSpend("a", 3, 500)], {"a": 499})
    assert not memory.differs(DAY, {"a": 499})
    assert memory.differs(DAY, {"a": 500})


def test_days_that_nobody_asks_for_are_forgotten() -> None:
    """What is kept is bounded by the days that may still be restated."""
    memory = Memory()
    memory.remember(DAY, [HourSpend("a", 3, 500)])
    memory.keep({"2026-11-21"})
    assert memory.differs(DAY, {"a": 500})
