import re
from pathlib import Path
from typing import get_args

import pytest

from domain.alerts.words import KINDS, amount, duration, label, percent, say, severity, times
from events.types import AlertKind, Severity
from events.types.alerts import ClearedFor
from events.types.guard import BreakerReason, BreakerState
from tests.notifier_kit import SUBJECT, cleared, edited, moved, raised

ROOT = Path(__file__).parents[2]


def test_every_kind_of_alert_has_its_words() -> None:
    """A new kind without words is found here and not by whoever is woken by it."""
    assert set(KINDS) == set(get_args(AlertKind))


@pytest.mark.parametrize("kind", get_args(AlertKind))
@pytest.mark.parametrize("unit", ["permille", "micros", "minutes"])
@pytest.mark.parametrize("campaign", ["c1", None])
def test_every_alert_says_what_of_whom_and_what_to_do(
    kind: AlertKind, unit: str, campaign: str | None
) -> None:
    """Whatever the figures' unit, and where figures are missing, it is whole sentences."""
    bare = {"spent_micros": None, "budget_micros": None, "currency": None, "day": None}
    for fact in (raised(campaign, kind=kind, unit=unit), raised(campaign, kind=kind, unit=unit, **bare)):
        said = say(fact, SUBJECT)
        assert SUBJECT in said.sentence
        assert (campaign or "Account") in said.sentence
        assert all(text and "{" not in text for text in said)
        assert said.sentence.endswith(".")
        assert said.next_step.endswith(".")


def test_an_alert_says_its_figures_in_the_currency_of_its_account() -> None:
    """The sentence is what a person needs at night."""
    assert say(raised(), SUBJECT).sentence == (
        "Campaign c1 of acme/tiktok/7001 has spent 2.40 times what its plan expected by now "
        "(limit 2.00 times). Spent on 2026-11-21: 41.20 USD of 50.00 USD."
    )


@pytest.mark.parametrize("reason", get_args(ClearedFor))
def test_the_end_of_an_alert_says_why_and_how_long_it_took(reason: str) -> None:
    """Nobody has to look for whether it is still so."""
    said = say(cleared(reason=reason), SUBJECT)
    assert "over after 1 h 5 min" in said.sentence


@pytest.mark.parametrize("state", get_args(BreakerState))
@pytest.mark.parametrize("reason", get_args(BreakerReason))
def test_every_move_of_a_breaker_has_its_words(state: str, reason: str) -> None:
    """Each state and reason, also pairs that do not come about."""
    assert "c1" in say(moved(state=state, reason=reason), SUBJECT).sentence


def test_a_persons_edit_is_told_as_what_it_was() -> None:
    """Budgets as amounts."""
    assert "80.00 where Headgate had 50.00" in say(edited(), SUBJECT).sentence


def test_the_end_is_as_serious_as_its_beginning() -> None:
    """Who hears that it began hears that it is over."""
    assert severity(cleared(kind="emergency_stop_required")) == "critical"
    assert severity(moved(state="closed")) == severity(moved(state="open"))


def test_an_end_is_as_serious_as_the_deciders_say_of_its_beginning() -> None:
    """The fact of an end does not say so itself, so the words are held to where alerts are raised."""
    sources = "".join(path.read_text() for path in (ROOT / "domain").rglob("*.py") if path.name != "words.py")
    levels = "|".join(get_args(Severity))
    for kind, said in KINDS.items():
        given = set(re.findall(rf'"{kind}",\s*(?:severity=)?"({levels})"', sources))
        assert given <= {said.severity}, kind


def test_what_is_over_alarms_nobody() -> None:
    """One word for a subject line: how serious, or that it is over."""
    assert [label(fact) for fact in (raised(), cleared(), edited())] == ["high", "over", "info"]
    states = [label(moved(state=state)) for state in ("open", "half_open", "closed")]
    assert states == ["critical", "info", "over"]


def test_a_command_to_copy_is_safe_to_copy() -> None:
    """A campaign's name may be anything, and the advice is pasted into a shell."""
    assert "headgate stop 'a; rm'" in say(raised("a; rm", kind="emergency_stop_required"), SUBJECT).next_step


@pytest.mark.parametrize(
    ("micros", "currency", "text"),
    [
        (0, "USD", "0.00 USD"),
        (1, "USD", "0.000001 USD"),
        (9_999, "USD", "0.009999 USD"),
        (10_000, "USD", "0.01 USD"),
        (1_234_567_890_000, "EUR", "1,234,567.89 EUR"),
        (10**15, "USD", "1,000,000,000.00 USD"),
        (4_000_000, "JPY", "4 JPY"),
        (4_500_000, "", "4.50"),
    ],
)
def test_amounts_are_said_to_the_cent_and_finer_only_below_it(micros: int, currency: str, text: str) -> None:
    """From a micro to a billion."""
    assert amount(micros, currency) == text


def test_ratios_and_times_are_said_in_few_words() -> None:
    """Thousandths and minutes as people say them."""
    assert (percent(905), percent(15), percent(850)) == ("90.5 %", "1.5 %", "85 %")
    assert times(1_500) == "1.50 times"
    assert (duration(59), duration(120), duration(185), duration(4 * 1_440)) == (
        "59 min",
        "2 h",
        "3 h 5 min",
        "4 days",
    )
