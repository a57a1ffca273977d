"""A funding by hand, as its events come: what is waited for, and what is said of its end."""

import typing

import pytest
from typer.testing import CliRunner

from events.codec import Event
from events.envelope import Envelope
from events.types import (
    AttemptSigned,
    Fact,
    FundingPosted,
    FundingRefused,
    FundingVoided,
    FundPot,
    RefusedFor,
)
from headgate.commands.fund import app, sentence
from headgate.money.funding import REFUSED, Following, Outcome
from headgate.money.pots import Pot
from infra.errors import FixInput
from tests import money_kit as kit
from tests.campaign_kit import NOW_MS

UNIT = kit.UNIT
POT = Pot(
    client="acme", pot=kit.BOOTS, name="boots", address="", vault="", treasury="", authority="", is_seen=True,
    balance_micro_usdc=0, funded_micro_usdc=0, settled_micro_usdc=0, withdrawn_micro_usdc=0,
    metered_today_micro_usdc=0, campaigns_without_rate=0, daily_cap_micro_usdc=0, cap_used_micro_usdc=0,
    coming_micro_usdc=0, going_micro_usdc=0, last_funding_ms=None, last_funding_micro_usdc=0, is_paused=False,
    is_foreign=False, campaigns=(), open_alerts=0, next_sequence=0, history="", slot=1, seen_ms=1,
)  # fmt: skip


def event(fact: Fact, id_: str = "x") -> Event:
    """Return a fact as it is read."""
    return Event(Envelope(id_, fact.TYPE, fact.VERSION, "test", kit.CLIENT), fact)


def heard(*facts: Fact, request_id: str = "r-1") -> Following:
    """Return what is known after facts; commands are named as their attempts name them."""
    following = Following(request_id)
    for fact in facts:
        following.hear(event(fact, f"fund.{fact.movement_id}" if isinstance(fact, FundPot) else "x"))
    return following


def test_a_funding_is_followed_until_it_is_in_the_pot() -> None:
    """Reserved, signed, posted: each is told as it comes."""
    facts = [*kit.reserved(kit.BOOTS, kit.FIRST, UNIT, NOW_MS, "r-1")]
    posted = next(
        one for one in kit.landed(kit.BOOTS, kit.FIRST, UNIT, NOW_MS) if isinstance(one, FundingPosted)
    )
    told = [heard(*facts[:count]).told for count in range(4)]
    assert [text.split()[0] for text in told] == ["waits", "reserved", "asked", "signed"]
    outcome = heard(*facts, posted).outcome
    assert (outcome.came, outcome.signature, outcome.is_over) == ("posted", kit.SIGNATURE, True)


def test_what_is_of_another_request_is_not_ours() -> None:
    """Somebody else funds the same pot at the same time."""
    facts = [
        *kit.reserved(kit.BOOTS, kit.FIRST, UNIT, NOW_MS, "other"),
        *kit.landed(kit.BOOTS, kit.FIRST, UNIT, NOW_MS),
    ]
    foreign = AttemptSigned("", 1, kit.SIGNATURE, "AAAA", 1, 1, NOW_MS)
    refused = FundingRefused(kit.BOOTS, "other", UNIT, "pot-paused", "", NOW_MS)
    following = heard(foreign, *facts, refused)
    assert not following.outcome.is_over
    assert following.told == "waits for the treasury"


@pytest.mark.parametrize("reason", typing.get_args(RefusedFor))
def test_every_refusal_is_said_in_words(reason: str) -> None:
    """With what the treasury itself says of it."""
    assert reason in REFUSED
    refused = FundingRefused(kit.BOOTS, "r-1", UNIT, reason, "780 are left", NOW_MS)  # type: ignore[arg-type]  # one of its words
    text = sentence(POT, UNIT, heard(refused).outcome)
    assert text.startswith("Refused: acme/boots does not get 1.00 USDC, since ")
    assert text.endswith(" (780 are left). Nothing moved.")


def test_a_funding_that_cannot_land_is_said_to_have_moved_nothing() -> None:
    """And that it may be asked anew."""
    facts = [*kit.reserved(kit.BOOTS, kit.FIRST, UNIT, NOW_MS, "r-1")]
    id_ = kit.movement_id(kit.BOOTS, kit.FIRST)
    voided = FundingVoided(id_, kit.BOOTS, kit.FIRST, UNIT, "expired", "", NOW_MS, ())
    text = sentence(POT, UNIT, heard(*facts, voided).outcome)
    assert text.startswith("Voided: 1.00 USDC did not reach acme/boots (expired). Nothing moved")


def test_a_request_that_is_not_followed_can_be_repeated_by_what_is_printed() -> None:
    """The amount is one that can be typed again."""
    text = sentence(POT, 1_234_500_000, Outcome("requested", "r-9"))
    assert f"headgate fund {kit.BOOTS[:12]} 1234.50 --yes --wait --request-id r-9" in text


def test_a_negative_amount_is_no_option() -> None:
    """It is told as what it is."""
    result = CliRunner().invoke(app, ["boots", "-5"])
    assert isinstance(result.exception, FixInput)
    assert "negative" in result.exception.what
