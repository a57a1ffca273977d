from typing import Any, get_args

import pytest

from events.types import AlertCleared, AlertRaised, BudgetSetFor, PausedFor, ResumedFor
from headgate.campaign import decisions, plans
from headgate.campaign.find import Known, choose
from infra.errors import FixInput
from tests.campaign_kit import CAMPAIGN, DAY, SUBJECT, UNIT

REASONS = [
    *(("pause", one) for one in get_args(PausedFor)),
    *(("resume", one) for one in get_args(ResumedFor)),
    *(("set-budget", one) for one in get_args(BudgetSetFor)),
]


class Day:
    """As much of a day as a sentence needs."""

    subject, campaign, day, currency = SUBJECT, CAMPAIGN, DAY, "USD"


def command(action: str, reason: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - cells of any kind
    """Return the row of a command that was carried out."""
    return {
        "action": action,
        "reason": reason,
        "decided_ms": 1,
        "spent_micros": 890 * UNIT,
        "budget_micros": 800 * UNIT,
        "limit_micros": 880 * UNIT,
        "from_micros": 800 * UNIT,
        "to_micros": 640 * UNIT,
        "target_micros": 800 * UNIT,
        "stop_id": "stop-1",
        "outcome": "applied",
        "outcome_reason": "",
        "attempts": 1,
        "took_ms": 410,
        **changes,
    }


@pytest.mark.parametrize(("action", "reason"), REASONS)
def test_each_reason_of_a_command_has_a_sentence_of_its_own(action: str, reason: str) -> None:
    """A new reason cannot be forgotten here."""
    day: Any = Day()
    (told,) = decisions.of_command(command(action, reason), day)
    assert told.text.endswith(".")
    assert told.text != f"{action}: {reason}."
    assert told.outcome == "done in 0.41 s"
    (bare,) = decisions.of_command(
        command(action, reason, budget_micros=None, limit_micros=None, spent_micros=None, stop_id=None), day
    )
    assert "None" not in bare.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"attempts": 3}, "done in 0.41 s, 3 tries"),
        ({"outcome": "superseded", "outcome_reason": "foreign-edit"}, "left undone: a person had changed it"),
        ({"outcome": "failed", "outcome_reason": "forbidden"}, "failed: forbidden"),
        ({"outcome": "pending", "took_ms": None}, "under way"),
    ],
)
def test_what_came_of_a_command_is_said(changes: dict[str, Any], said: str) -> None:
    """A pause that was not carried out is no pause."""
    day: Any = Day()
    (told,) = decisions.of_command(command("pause", "over-budget", **changes), day)
    assert told.outcome == said
    assert "890.00 USD, over 880.00 USD (110 % of 800.00 USD)" in told.text


def test_a_plan_says_what_it_is_made_of_and_how_sure_it_is() -> None:
    """On the first day that is nothing at all, and it says so."""
    assert plans.made_of(["even", "account", "hour_of_week"], [0, 400, 600]) == (
        "60 % its own usual week, 40 % the account's usual day"
    )
    assert plans.made_of(["account", "hour_of_day"], [9, 991]) == "its own usual day"
    assert plans.made_of(["even"], [1_000]) == plans.made_of([], []) == "evenly spread"
    assert plans.confidence(None, 0) == "unknown on its first day"
    assert plans.confidence(715, 1) == "71 % from 1 day of history"


def test_what_should_be_spent_by_an_instant_is_exact_on_days_of_any_length() -> None:
    """Half of a short last hour is half of it."""
    hours, half = [10, 20, 30], plans.HOUR_MS // 2
    day_ms = 2 * plans.HOUR_MS + half
    assert plans.planned_micros(hours, plans.HOUR_MS + half, day_ms) == 20
    assert plans.planned_micros(hours, 2 * plans.HOUR_MS + half // 2, day_ms) == 45
    assert (
        plans.planned_micros(hours, day_ms, day_ms) == plans.planned_micros(hours, 10 * day_ms, day_ms) == 60
    )
    assert plans.planned_micros(hours, -5, day_ms) == 0


def test_an_alert_is_told_without_repeating_whose_it_is() -> None:
    """In a list about one campaign its number would be noise."""
    raised = AlertRaised("low_ctr", "warning", CAMPAIGN, 1, 60_000, 11, 15, "permille")
    assert decisions.sentence(raised, SUBJECT, CAMPAIGN).startswith(
        "Few clicks: has a click-through rate of 1.1 %"
    )
    cleared = AlertCleared("low_ctr", CAMPAIGN, 1, 0, 60_000, "recovered")
    assert decisions.sentence(cleared, SUBJECT, CAMPAIGN).startswith("Few clicks is over after 1 min")


KNOWN = [
    Known("acme/tiktok/1", "17800012", "Boots Reach 012", "UTC", "USD"),
    Known("acme/tiktok/2", "17800013", "Boots Sales 013", "UTC", "USD"),
    Known("beta/tiktok/3", "17800012", "Tea Reach 012", "UTC", "USD"),
]


def test_a_campaign_is_found_by_a_part_that_only_it_has() -> None:
    """A whole name or number wins over names that it is a part of; an account narrows."""
    assert choose(KNOWN[1:2], "sales") is KNOWN[1]
    assert choose(KNOWN, "Tea Reach 012") is KNOWN[2]
    assert choose(KNOWN, "17800012", "beta") is KNOWN[2]
    with pytest.raises(FixInput, match="2 campaigns are meant by 17800012") as caught:
        choose(KNOWN, "17800012")
    assert "Tea Reach 012" in caught.value.next_step
    with pytest.raises(FixInput, match="There is no campaign lamp"):
        choose([], "lamp")
