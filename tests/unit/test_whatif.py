import io
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from domain.account import planning
from domain.account.rows import AnyRow
from domain.draft import Draft
from domain.pacing import cells
from domain.pacing.rows import AccountRow, CampaignRow, DayRow, campaign_key, day_key, plan_key
from headgate.campaign import whatif, whatif_view
from headgate.campaign.find import Known
from infra.errors import FixInput
from tests.campaign_kit import (
    CAMPAIGN,
    DAY,
    DAY_MS,
    HOUR_MS,
    MIDNIGHT_MS,
    NAME,
    SUBJECT,
    TARGET_MICROS,
    UNIT,
    ZONE,
    hours,
)

KNOWN = Known(SUBJECT, CAMPAIGN, NAME, ZONE, "USD")
KEY = campaign_key(SUBJECT, CAMPAIGN)


def table(days: int = 12, since_ms: int = 0) -> dict[bytes, AnyRow]:
    """Return a campaign's rows after so many days alike, its day planned as the clock's tick plans it."""
    row = CampaignRow(
        budget_micros=TARGET_MICROS,
        wanted_micros=TARGET_MICROS,
        target_micros=TARGET_MICROS,
        day=DAY,
        day_start_ms=MIDNIGHT_MS,
        day_end_ms=MIDNIGHT_MS + DAY_MS,
        as_of_ms=MIDNIGHT_MS,
    )
    rows: dict[bytes, Any] = {KEY: row, SUBJECT.encode(): AccountRow("USD")}
    for back in range(1, days + 1):
        start_ms = MIDNIGHT_MS - back * DAY_MS
        spent = b""
        for hour, micros in enumerate(hours(TARGET_MICROS)):
            put = cells.put(spent, hour, micros, DAY_MS)
            spent = put[0] if put else spent
        rows[day_key(KEY, f"2026-11-{21 - back:02}")] = DayRow(
            spent, start_ms=start_ms, end_ms=start_ms + DAY_MS
        )
    draft = Draft(rows.get)
    planning.plan_day(draft, SUBJECT, CAMPAIGN)
    rows |= {key: changed for key, changed in draft.changes.items() if changed is not None}
    rows[KEY] = replace(rows[KEY], as_of_ms=MIDNIGHT_MS + since_ms)
    return rows


def test_the_plan_in_force_is_shown_as_it_is() -> None:
    """It is read, with what it was made of made again."""
    rows = table()
    found = whatif.answer(rows, KNOWN, {})
    assert found.now == found.then
    assert found.now is not None
    assert sum(found.now.hours_micros) == found.now.target_micros == TARGET_MICROS
    assert found.now.history_days == 12
    assert found.now.high_micros
    assert found.difference_micros == [0] * 24


def test_another_budget_scales_the_day_and_touches_nothing() -> None:
    """All rows are as they were; the hours add up to what was asked."""
    rows = table()
    before = dict(rows)
    found = whatif.answer(rows, KNOWN, {"budget": "150"})
    assert found.then is not None
    assert sum(found.then.hours_micros) == found.then.target_micros == 150 * UNIT
    assert sum(found.difference_micros) == 150 * UNIT - TARGET_MICROS
    assert rows == before


def test_hours_that_are_over_keep_what_they_had() -> None:
    """A question at noon does not plan the morning anew."""
    found = whatif.answer(table(since_ms=12 * HOUR_MS), KNOWN, {"curve": "front"})
    assert found.over_hours == 12
    assert found.difference_micros[:12] == [0] * 12
    assert any(found.difference_micros[12:])


def test_hours_and_thresholds_are_asked_for_too() -> None:
    """Closed hours cost nothing, and no hour gets more than its share."""
    open_ = whatif.answer(table(), KNOWN, {"open": "8-20", "plan_hour_max_permille": "90"})
    assert open_.then is not None
    assert open_.then.hours_micros[:8] == (0,) * 8
    assert max(open_.then.hours_micros) <= TARGET_MICROS * 90 // 1_000
    assert sum(open_.then.hours_micros) == TARGET_MICROS


def test_tomorrow_is_planned_whole() -> None:
    """Whatever of today is over."""
    found = whatif.answer(table(since_ms=12 * HOUR_MS), KNOWN, {"budget": "day=100"}, tomorrow=True)
    assert found.day == "2026-11-22"
    assert found.over_hours == 0
    assert found.then is not None
    assert sum(found.then.hours_micros) == 100 * UNIT


def test_a_first_day_is_planned_without_a_confidence() -> None:
    """Nothing is known, and nothing is made up."""
    found = whatif.answer(table(days=0), KNOWN, {"budget": "80"})
    assert found.then is not None
    assert found.then.confidence_permille is None
    assert found.then.high_micros == ()


def test_what_was_never_read_is_told_in_words() -> None:
    """There is nothing to plan from."""
    with pytest.raises(FixInput, match="Nothing of Boots Reach 012 is planned yet"):
        whatif.answer({plan_key(KEY): table()[plan_key(KEY)]}, KNOWN, {})


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize("asked", ["", "budget=150 open=8-20"])
def test_both_plans_are_drawn_at_any_width(width: int, asked: str) -> None:
    """The hours of both, and what is different."""
    given = dict(one.split("=") for one in asked.split())
    found = whatif.answer(table(since_ms=10 * HOUR_MS), KNOWN, given)
    console = Console(file=io.StringIO(), width=width)
    console.print(whatif_view.render(found, KNOWN, asked, width))
    file = console.file
    assert isinstance(file, io.StringIO)
    text = file.getvalue()
    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    assert ("150.00 USD" in text) == bool(asked)
    assert "12 days of history" in text
