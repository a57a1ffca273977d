import pytest

from headgate.campaign import chart
from headgate.campaign.chart import Hour

UNIT = 1_000_000


def hour(spent: int, plan: int | None = None, band: tuple[int, int] | None = None, late: int = 0) -> Hour:
    """Return an hour of some units."""
    low, high = (one * UNIT for one in band) if band else (None, None)
    planned = None if plan is None else plan * UNIT
    return Hour("00", spent * UNIT, planned, low, high, late * UNIT, "green")


def column(one: Hour, beside: int = 80) -> list[str]:
    """Return what an hour looks like beside one that reaches the top, from the top down."""
    lines = chart.draw([one, hour(beside)], 7 + 12, 10)
    return [line.plain[7] for line in lines[:-1]]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("hours", [23, 24, 25])
def test_a_chart_has_all_hours_at_any_width(width: int, hours: int) -> None:
    """Also on the days on which clocks are moved."""
    lines = chart.draw([hour(5, 4, (3, 6))] * hours, width)
    assert len(lines) == chart.LINES + 1
    assert all(line.cell_len <= max(width, chart.AXIS_WIDTH + 2 * 25) for line in lines)
    assert len({line.cell_len for line in lines}) == 1


def test_bars_are_as_high_as_what_was_spent() -> None:
    """To an eighth of a line; the smallest amount can still be seen."""
    assert "".join(column(hour(40))) == " " * 5 + "█" * 5
    assert "".join(column(hour(41))) == " " * 4 + "▁" + "█" * 5
    assert "".join(column(Hour("00", 1, None, None, None, 0, ""))) == " " * 9 + "▁"
    assert "".join(column(hour(0))) == " " * 10


def test_the_plan_can_be_seen_above_a_bar_and_within_it() -> None:
    """Without colour as well."""
    assert column(hour(0, 40))[5] == "▔"
    assert column(hour(0, 36))[5] == "─"
    assert column(hour(80, 40))[5] == chart.NOTCH
    assert column(hour(80))[5] == "█"


def test_a_band_shades_what_is_expected_and_late_spend_stands_on_what_is_reported() -> None:
    """Nothing is drawn of what is not known."""
    shaded = column(hour(0, 40, (24, 56)))
    assert [number for number, sign in enumerate(shaded) if sign == chart.BAND] == [3, 4, 6]
    assert "".join(column(hour(16, late=24))) == " " * 5 + chart.PROBABLE * 3 + "█" * 2


def test_a_day_of_nothing_is_drawn_too() -> None:
    """No division by what is not there."""
    assert chart.draw([hour(0)] * 24, 80)[0].plain.startswith("    0 ┤")
    assert len(chart.draw([], 80)) == chart.LINES + 1
