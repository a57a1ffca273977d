"""What alerts of money say: whole sentences, with figures, and what to do next."""

from typing import Any, get_args

import pytest

from connectors.notifier import notices, payloads
from domain.alerts.money_words import KINDS, MoneyUnit, label, say, severity
from domain.treasury.alerting import SEVERITIES
from events.types import FundingAlertCleared, FundingAlertKind, FundingAlertRaised
from tests.notifier_kit import AT_MS, hook, record

POT = "74a51c3ce9ff025523588c1c1de1cda985cf96fc868aafb675639d15c13edb82"


def raised(**changes: Any) -> FundingAlertRaised:  # noqa: ANN401 - any field
    """Return an alert of money that begins."""
    usual: dict[str, Any] = {
        "kind": "treasury_short",
        "severity": "critical",
        "pot": None,
        "episode": 2,
        "at_ms": AT_MS,
        "observed": 412_500_000,
        "limit": 7_000_000,
        "unit": "micro-usdc",
        "detail": "",
    }
    return FundingAlertRaised(**{**usual, **changes})


def cleared(**changes: Any) -> FundingAlertCleared:  # noqa: ANN401 - any field
    """Return an alert of money that ends."""
    usual = {
        "kind": "treasury_short",
        "pot": None,
        "episode": 2,
        "raised_ms": AT_MS,
        "at_ms": AT_MS + 3_900_000,
    }
    return FundingAlertCleared(**{**usual, **changes})


def test_every_kind_has_its_words_and_is_as_serious_as_it_is_raised() -> None:
    """The end of an alert does not say how serious it was; whoever heard its beginning hears it."""
    assert set(KINDS) == set(get_args(FundingAlertKind))
    assert {kind: said.severity for kind, said in KINDS.items()} == SEVERITIES


@pytest.mark.parametrize("kind", get_args(FundingAlertKind))
@pytest.mark.parametrize("unit", get_args(MoneyUnit))
@pytest.mark.parametrize("pot", [POT, None])
def test_every_alert_says_what_of_which_pot_and_what_to_do(
    kind: FundingAlertKind, unit: str, pot: str | None
) -> None:
    """Whatever the figures' unit."""
    said = say(raised(kind=kind, unit=unit, pot=pot, detail="Some words."), "acme")
    assert said.sentence.startswith("Pot 74a51c3ce9ff of acme " if pot else "The treasury of acme ")
    assert all(text and "{" not in text for text in said)
    assert said.sentence.endswith(".")
    assert said.next_step.endswith(".")


def test_a_treasury_that_is_short_says_how_much_is_wanted() -> None:
    """The seed wants the amount in it."""
    said = say(raised(detail="412500000 micro-USDC are wanted"), "acme")
    assert said.sentence == "The treasury of acme is to pay 412.50 USDC and has 7.00 USDC that is free."
    assert "headgate treasury acme" in said.next_step


def test_figures_are_said_in_their_units() -> None:
    """SOL for fees, minutes for what is stuck."""
    assert (
        "0.04125 SOL left"
        in say(raised(kind="fees_low", observed=41_250_000, unit="lamports"), "acme").sentence
    )
    stuck = raised(kind="funding_stuck", pot=POT, observed=75, limit=15, unit="minutes")
    assert "open for 1 h 15 min (limit 15 min)" in say(stuck, "acme").sentence


def test_the_end_says_how_long_it_took_and_alarms_nobody() -> None:
    """As serious as its beginning, labelled as over."""
    assert (
        say(cleared(), "acme").sentence
        == "The treasury of acme: treasury has not enough is over after 1 h 5 min."
    )
    assert (severity(cleared()), label(cleared()), label(raised())) == ("critical", "over", "critical")


def test_a_clients_name_in_a_command_is_safe_to_copy() -> None:
    """Advice is pasted into a shell."""
    assert "headgate treasury 'a; rm'" in say(raised(), "a; rm").next_step


def test_destinations_are_told_of_money_unless_they_want_otherwise() -> None:
    """A client's alerts go to whoever hears of that client, not of one of its accounts."""
    headers, body = record(raised(), 7, "acme")
    notice = notices.read(headers, body)
    assert notice is not None
    assert notices.is_wanted(notice, hook())
    assert notices.is_wanted(notice, hook(only=("acme",), min_severity="critical"))
    assert not notices.is_wanted(notice, hook(only=("acme/tiktok/7001",)))
    assert not notices.is_wanted(notice, hook(events=("alert.raised",)))
    end = notices.read(*record(cleared(), 8, "acme"))
    assert end is not None
    assert end.thread_id == notice.thread_id
    other = notices.read(*record(raised(pot=POT), 9, "acme"))
    assert other is not None
    assert other.thread_id != notice.thread_id


def test_every_form_of_a_message_has_the_words_and_the_fact() -> None:
    """Webhooks, Slack and mail."""
    notice = notices.read(
        *record(raised(pot=POT, kind="funding_failing", unit="times", observed=5, limit=5), 7, "acme")
    )
    assert notice is not None
    body = payloads.standard(notice).decode()
    assert '"type":"funding.alert.raised"' in body
    assert f'"pot":"{POT}"' in body
    assert "failed to be funded 5 times in a row" in body
    assert "headgate pots resume 74a51c3ce9ff" in payloads.slack(notice).decode()
    mail = payloads.mail(notice, sender="h@example.org", to=["o@example.org"], now_ms=AT_MS)
    assert mail["Subject"] == "[critical] Fundings fail: acme"
