from typing import Any

import pytest

from domain.treasury.ledger import TREASURY
from domain.treasury.look import HOUR_MS
from events.types import (
    FundingAlertCleared,
    FundingAlertRaised,
    FundingRefused,
    FundingReserved,
    FundPot,
    Fx,
    PlatformLimit,
)
from tests.treasury_kit import MINUTE_MS, OTHER, POT, USD, Treasury, funded, of


def reasons(told: list[Any]) -> list[str]:
    """Return why money was refused."""
    return [one.reason for one in of(told, FundingRefused)]


def test_a_need_is_funded_with_the_next_tick() -> None:
    """So several campaigns that are metered together lead to one funding."""
    client = funded()
    client.link("c2", platform="tiktok")
    assert client.meter("c1") == []
    assert client.meter("c2", platform="tiktok", expected_micros=30 * USD) == []
    reserved, command = of(client.tick(), FundingReserved, FundPot)
    assert [(part.campaign, part.amount_micro_usdc) for part in reserved.parts] == [
        ("c1", 10 * USD),
        ("c2", 30 * USD),
    ]
    assert command.amount_micro_usdc == reserved.amount_micro_usdc == 40 * USD
    assert command.movement_id == reserved.movement_id
    assert command.sequence == client.chain.pots[POT].next_sequence
    assert command.not_after_ms == command.decided_ms + 30 * MINUTE_MS


def test_what_is_in_the_pot_and_not_spent_is_not_funded_again() -> None:
    """What was spent since has to come on top."""
    client = funded()
    client.meter()
    client.tick()
    client.land()
    assert client.tick() == []
    client.meter(spent_micros=4 * USD)
    assert of(client.tick(), FundPot)[0].amount_micro_usdc == 4 * USD


def test_the_next_movement_waits_for_the_outcome_of_the_one_before() -> None:
    """A number is given when the one before it is used."""
    client = funded()
    client.meter()
    client.tick()
    client.meter(expected_micros=50 * USD)
    assert client.tick() == []
    client.land()
    first, second = client.asked
    assert (second.sequence, second.amount_micro_usdc) == (first.sequence + 1, 40 * USD)


def test_less_than_the_least_is_not_worth_a_transaction() -> None:
    """It is funded when there is more of it."""
    client = funded()
    client.meter(expected_micros=USD - 1)
    assert client.tick() == []


def test_nothing_is_funded_before_the_pot_was_seen() -> None:
    """Its next number is not known; who asked by then is served after it."""
    client = Treasury()
    client.tick()
    client.open()
    client.link()
    client.meter()
    assert client.ask(5 * USD) == []
    assert client.tick() == []
    client.chain.treasury = 100 * USD
    client.observe()
    assert of(client.tick(), FundingReserved)[0].request_id == "r1"


def test_the_mode_of_the_seed_counts_the_hours_that_are_left() -> None:
    """At two minutes past eight sixteen hours are left, with the one that it is."""
    client = funded()
    client.policy(mode="ahee")
    client.meter()
    client.until(client.now_ms // HOUR_MS * HOUR_MS + 2 * MINUTE_MS)
    (reserved,) = of(client.told, FundingReserved)
    assert reserved.mode == "ahee"
    assert reserved.amount_micro_usdc == 6_332 * 10_000


def test_a_person_gets_it_at_once_and_once() -> None:
    """A request that comes again is known."""
    client = funded()
    reserved, _ = of(client.ask(7 * USD), FundingReserved, FundPot)
    assert (reserved.mode, reserved.request_id, reserved.amount_micro_usdc) == ("by-hand", "r1", 7 * USD)
    assert client.ask(7 * USD) == []
    client.land()
    assert client.ask(7 * USD) == []
    assert len(client.asked) == 1


def test_people_wait_in_a_queue_that_has_an_end() -> None:
    """Each gets what was asked for, in order; who finds it full is told."""
    client = funded()
    for number in range(66):
        told = client.ask(2 * USD + number, f"r{number}")
    assert reasons(told) == ["queue-full"]
    for _ in range(65):
        client.land()
    amounts = [one.amount_micro_usdc for one in client.asked]
    assert amounts == [2 * USD + number for number in range(65)]


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"pot_limit_micro_usdc": 20 * USD}, "pot-limit"),
        ({"client_limit_micro_usdc": 20 * USD}, "client-limit"),
        ({"platform_limits": (PlatformLimit("meta", 20 * USD),)}, "platform-limit"),
        ({"platform_limits": (), "other_limit_micro_usdc": 20 * USD}, "platform-limit"),
    ],
)
def test_a_limit_counts_what_is_pending_and_gives_back_what_is_voided(
    rules: dict[str, Any], reason: str
) -> None:
    """By hand it is all or nothing."""
    client = funded()
    client.policy(**rules)
    client.ask(15 * USD, "r1")
    client.ask(6 * USD, "r2")
    client.land()
    assert reasons(client.told) == [reason]
    client.ask(5 * USD, "r3")
    client.fail()
    client.ask(5 * USD, "r4")
    client.land()
    assert reasons(client.ask(1 * USD, "r5")) == [reason]


def test_a_limit_is_the_days() -> None:
    """With the next day in UTC all of it is there again; what is long past is forgotten."""
    client = funded()
    client.policy(pot_limit_micro_usdc=20 * USD)
    for number in range(8):
        client.ask(20 * USD, f"r{number}")
        client.land()
        client.tick(24 * 60)
    assert reasons(client.told) == []
    assert len(client.look().of_client.days) <= 5
    assert len(client.pot().limit_days) <= 5
    assert sum(b"limit" in key for key in client.rows) <= 5


def test_a_limit_that_is_lowered_holds_at_once_and_one_that_is_raised_too() -> None:
    """What was used before counts."""
    client = funded()
    client.ask(15 * USD, "r1")
    client.land()
    client.policy(pot_limit_micro_usdc=16 * USD)
    assert reasons(client.ask(2 * USD, "r2")) == ["pot-limit"]
    client.policy(pot_limit_micro_usdc=50_000_000 * USD)
    assert of(client.ask(2 * USD, "r3"), FundPot)


def test_the_pots_cap_on_chain_is_respected_before_the_chain_refuses() -> None:
    """As much as it allows is funded, and of the rest it is told why not."""
    client = funded(cap=25 * USD)
    client.meter(expected_micros=20 * USD)
    client.tick()
    client.land()
    client.meter(spent_micros=10 * USD, expected_micros=20 * USD)
    reserved, *_ = of(client.tick(), FundingReserved)
    assert reserved.amount_micro_usdc == 5 * USD
    refused, *_ = of(client.told, FundingRefused)
    assert (refused.reason, refused.wanted_micro_usdc) == ("pot-cap", 5 * USD)


def test_a_platform_at_its_limit_is_cut_out_and_the_others_are_funded() -> None:
    """Only its own part is refused."""
    client = funded()
    client.policy(platform_limits=(PlatformLimit("meta", 5 * USD),))
    client.link("c2", platform="tiktok")
    client.meter("c1")
    client.meter("c2", platform="tiktok")
    told = client.tick()
    (reserved,) = of(told, FundingReserved)
    assert [(part.platform, part.amount_micro_usdc) for part in reserved.parts] == [("tiktok", 10 * USD)]
    assert reasons(told) == ["platform-limit"]
    assert [one.kind for one in of(told, FundingAlertRaised)] == ["limit_reached"]


def test_the_same_refusal_is_told_once_an_hour() -> None:
    """Nobody reads it every minute."""
    client = funded(treasury_micro_usdc=3 * USD)
    for _ in range(120):
        client.meter()
        client.tick()
    assert 2 <= len(of(client.told, FundingRefused)) <= 3


def test_a_treasury_that_is_short_is_a_critical_alert_until_it_is_not() -> None:
    """With the amount wanted; when it has come, the pot is funded without being metered again."""
    client = funded(treasury_micro_usdc=3 * USD)
    client.meter()
    told = client.tick()
    (raised,) = of(told, FundingAlertRaised)
    assert (raised.kind, raised.severity, raised.pot) == ("treasury_short", "critical", None)
    assert (raised.observed, raised.limit) == (10 * USD, 3 * USD)
    assert reasons(told) == ["treasury-short"]
    client.chain.treasury += 50 * USD
    assert [one.kind for one in of(client.observe(), FundingAlertCleared)] == ["treasury_short"]
    assert of(client.tick(), FundPot)[0].amount_micro_usdc == 10 * USD
    assert client.ledger.room(TREASURY) == 43 * USD


def test_what_is_reserved_for_one_pot_is_not_there_for_another() -> None:
    """Both would land, and the second would fail."""
    client = funded(treasury_micro_usdc=15 * USD)
    client.open(OTHER)
    client.observe()
    client.tick()
    client.ask(10 * USD, "r1", POT)
    assert reasons(client.ask(10 * USD, "r2", OTHER)) == ["treasury-short"]


def test_another_currency_is_funded_by_its_rate_rounded_up() -> None:
    """The rate is on the part, so that anybody can reckon it again."""
    client = funded()
    client.rate("EUR", 1_083_200_001)
    client.meter(currency="EUR")
    (reserved,) = of(client.tick(), FundingReserved)
    assert reserved.amount_micro_usdc == 10_832_001
    assert reserved.parts[0].fx == Fx("EUR", 1_083_200_001, client.rows[b"acme\0rate\0EUR"].rate.as_of_ms)  # type: ignore[attr-defined]  # a rate's row


def test_without_a_rate_or_with_an_old_one_nothing_is_funded_and_people_are_told() -> None:
    """A guess would be somebody's money."""
    client = funded()
    client.meter(currency="EUR")
    told = client.tick()
    assert reasons(told) == ["fx-missing"]
    assert [one.kind for one in of(told, FundingAlertRaised)] == ["fx_stale"]
    client.rate("EUR", 1_100_000_000)
    client.meter(currency="EUR")
    assert of(client.tick(), FundPot, FundingAlertCleared)
    client.land()
    client.tick(2_881)
    client.meter(currency="EUR", spent_micros=5 * USD)
    assert reasons(client.tick()) == ["fx-stale"]


@pytest.mark.parametrize(
    ("amount", "pot", "reason"),
    [(USD - 1, POT, "too-small"), (5 * USD, OTHER, "pot-unknown"), (10**15, POT, "pot-cap")],
)
def test_what_a_person_cannot_have_is_refused_in_words(amount: int, pot: str, reason: str) -> None:
    """And nothing moves; asked again, it is not answered twice."""
    client = funded()
    (refused,) = client.ask(amount, pot=pot)
    assert isinstance(refused, FundingRefused)
    assert (refused.reason, refused.request_id, refused.wanted_micro_usdc) == (reason, "r1", amount)
    assert refused.detail
    assert client.ask(amount, pot=pot) == []


def test_a_movement_is_named_once_though_its_number_is_given_again() -> None:
    """A number that was voided is still the pot's next."""
    client = funded()
    client.ask(5 * USD, "r1")
    client.fail()
    client.ask(5 * USD, "r2")
    first, second = client.asked
    assert first.sequence == second.sequence
    assert first.movement_id != second.movement_id
    assert first.movement != second.movement
