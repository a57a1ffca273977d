from typing import Any

import pytest

from domain.draft import Draft
from domain.guard import steering
from domain.guard.look import Look
from domain.guard.plans import paced_hours
from domain.guard.rows import SteerRow, steer_key
from domain.pacing.rows import AccountRow, CampaignRow, campaign_key
from tests.guard_kit import BUDGET, CAMPAIGN, DAY_MS, HOUR_MS, START_MS, SUBJECT, steered

ROW = CampaignRow(target_micros=24_000, day_start_ms=START_MS, day_end_ms=START_MS + DAY_MS)
EVEN = [1000] * 24


def test_hours_go_at_the_pace_that_budgets_give_them() -> None:
    """An edit at half past eight makes the rest of that hour faster, and all that follow."""
    rates = ((START_MS, 1000), (START_MS + 8 * HOUR_MS + HOUR_MS // 2, 3000))
    paced = paced_hours(ROW, EVEN, rates)
    assert paced == [1000] * 8 + [2000] + [3000] * 15


def test_hours_without_edits_go_as_planned() -> None:
    """Nothing is known of a campaign whose budget nobody has touched."""
    assert paced_hours(ROW, EVEN, ()) == EVEN


@pytest.mark.parametrize("hour", [6, 20])
def test_the_later_a_budget_is_raised_the_faster_its_difference_goes(hour: int) -> None:
    """A platform spreads what a raise brings over what is left of the day: by evening that is little."""
    account = steered(hour=1)
    for at in range(2, 24):
        account.tick(START_MS + at * HOUR_MS + HOUR_MS // 2)
        account.spend(BUDGET // 24 if at < hour else BUDGET // 60, at)
        if account.budgets and account.row.budget_micros != account.budgets[-1].to_micros:
            account.applied(account.budgets[-1])
    row = account.rows[steer_key(campaign_key(SUBJECT, CAMPAIGN))]
    assert isinstance(row, SteerRow)
    raised = [permille for since_ms, permille in row.rates if since_ms > START_MS + hour * HOUR_MS]
    assert raised
    raise_permille = max(one.to_micros * 1000 // BUDGET for one in account.budgets)
    assert max(raised) > raise_permille


@pytest.mark.parametrize(
    ("name", "to_micros"),
    [("google", BUDGET * 3 // 2), ("dv360", BUDGET * 11 // 10), ("new", BUDGET * 11 // 10)],
)
def test_a_budget_hardly_outgrows_its_target_where_platforms_spend_what_they_are_told(
    name: str, to_micros: int
) -> None:
    """Where a platform spends exactly what it is given, giving it more would be spent as well."""
    subject = f"acme/{name}/1"
    nothing: dict[bytes, Any] = {}
    draft = Draft(nothing.get)
    draft.changes[campaign_key(subject, CAMPAIGN)] = CampaignRow(budget_micros=BUDGET, target_micros=BUDGET)
    look = Look(draft, subject, CAMPAIGN, AccountRow("USD"), START_MS)
    assert steering.bounded(look, BUDGET * 3 // 2) == to_micros
