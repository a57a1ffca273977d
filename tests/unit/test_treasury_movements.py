import pytest

from domain.treasury.ledger import FEES, TREASURY
from events.types import (
    FundingAlertCleared,
    FundingAlertRaised,
    FundingPosted,
    FundingVoided,
    FundPot,
    LedgerBooked,
    PausePot,
    SettlePot,
    StopOrdered,
)
from tests.treasury_kit import POT, USD, Treasury, funded, of


def asked() -> Treasury:
    """Return a client whose pot has a movement of ten dollars open."""
    client = funded()
    client.ask(10 * USD)
    return client


def test_a_movement_that_landed_is_posted_with_its_fee() -> None:
    """The fee is in lamports, and only what was really paid."""
    client = asked()
    (posted,) = client.land(fee=5_123)
    assert isinstance(posted, FundingPosted)
    assert posted.signature is not None
    assert client.ledger.worth(f"pot:{POT}") == 10 * USD
    assert client.ledger.worth(FEES) == 5_123


def test_whoever_tells_first_posts_and_the_other_only_adds_the_fee() -> None:
    """The pot itself may be quicker than the executor."""
    client = asked()
    client.chain.land(client.asked[-1])
    (posted,) = client.take(client.moved()[0])
    assert isinstance(posted, FundingPosted)
    assert posted.signature is None
    (booked,) = client.take(client.landed(client.asked[-1]))
    assert isinstance(booked, LedgerBooked)
    assert booked.what == "fee"
    assert client.take(client.landed(client.asked[-1])) == []
    assert client.ledger.worth(f"pot:{POT}") == 10 * USD


def test_the_pot_tells_in_vain_what_the_executor_has_told() -> None:
    """It is counted once, however often it is told."""
    client = asked()
    client.land()
    for _ in range(2):
        assert client.take(client.moved()[0]) == []
    assert client.ledger.worth(f"pot:{POT}") == 10 * USD


def test_a_movement_that_failed_is_voided_and_decided_again() -> None:
    """What it cost to fail was paid nevertheless."""
    client = funded()
    client.meter()
    client.tick()
    (voided,) = client.fail("expired", fee=5_000)
    assert isinstance(voided, FundingVoided)
    assert client.ledger.room(TREASURY) == client.chain.treasury
    assert client.ledger.worth(FEES) == 5_000
    assert of(client.tick(), FundPot)


def test_a_number_that_is_taken_is_no_failure_and_the_next_is_known_from_it() -> None:
    """Somebody else's movement has it."""
    client = asked()
    client.chain.move(POT, "fund", "f" * 64, USD)
    client.fail("number-taken", client.chain.pots[POT].next_sequence)
    assert client.pot().failures == 0
    assert client.pot().next_sequence == client.chain.pots[POT].next_sequence


def test_a_name_of_a_movement_fits_however_long_its_parts_are() -> None:
    """A client's name may be as long as an id by itself."""
    client = Treasury(client="a" * 128)
    client.chain.treasury = 100 * USD
    client.chain.slot = 2**41
    client.tick()
    client.open()
    client.observe()
    client.ask(5 * USD)
    assert len(client.asked[0].movement_id) <= 128


def test_too_many_failures_in_a_row_pause_the_pot_and_its_campaigns() -> None:
    """Five of them, as the seed has it; each is asked for again until then."""
    client = funded()
    client.meter()
    for _ in range(5):
        client.tick()
        told = client.fail("refused")
    (alert,) = of(told, FundingAlertRaised)
    assert (alert.kind, alert.observed, alert.limit) == ("funding_failing", 5, 5)
    assert of(told, PausePot)[0].reason == "failing"
    assert [(one.campaign, one.by) for one in of(told, StopOrdered)] == [("c1", "treasury")]
    assert "acme/meta/1" in client.subjects
    assert of(client.tick(), FundPot) == []


def test_a_movement_that_lands_ends_the_row_of_failures() -> None:
    """Five in a row, not five in all."""
    client = funded()
    for number in range(12):
        client.ask(2 * USD, f"r{number}")
        if number % 4 == 3:
            client.land()
        else:
            client.fail("refused")
    assert of(client.told, PausePot) == []


def test_a_movement_that_is_open_for_too_long_raises_an_alert_until_it_ends() -> None:
    """Nothing else of the pot moves meanwhile."""
    client = asked()
    assert of(client.tick(14), FundingAlertRaised) == []
    (alert,) = of(client.tick(2), FundingAlertRaised)
    assert (alert.kind, alert.pot, alert.unit) == ("funding_stuck", POT, "minutes")
    assert [one.kind for one in of(client.land(), FundingAlertCleared)] == ["funding_stuck"]


def test_what_others_withdraw_is_booked_and_only_once() -> None:
    """The authority may, at any time."""
    client = asked()
    client.land()
    client.chain.move(POT, "withdraw", "e" * 64, 4 * USD)
    for fact in client.moved():
        client.take(fact)
        client.take(fact)
    (booked,) = of(client.told, LedgerBooked)[-1:]
    assert booked.what == "withdrawn"
    assert client.ledger.worth(f"pot:{POT}") == 6 * USD


def test_a_funding_that_nobody_asked_for_is_booked_and_told() -> None:
    """The ledger is what the chain is, and a person has to look."""
    client = funded()
    client.chain.move(POT, "fund", "d" * 64, 4 * USD)
    told = client.take(client.moved()[0])
    assert [one.what for one in of(told, LedgerBooked)] == ["foreign-movement"]
    assert [one.kind for one in of(told, FundingAlertRaised)] == ["ledger_differs"]
    assert client.ledger.worth(f"pot:{POT}") == 4 * USD
    assert [one.kind for one in of(client.observe(), FundingAlertCleared)] == ["ledger_differs"]


@pytest.mark.parametrize("is_withdrawn_first", [True, False])
def test_movements_of_others_between_ours_are_not_lost(*, is_withdrawn_first: bool) -> None:
    """The executor may tell of ours before the pot tells of what came before it."""
    client = asked()
    client.land()
    client.chain.move(POT, "withdraw", "e" * 64, 4 * USD)
    client.observe()
    client.ask(3 * USD, "r2")
    client.chain.land(client.asked[-1])
    executors, pots = client.landed(client.asked[-1]), client.moved()
    for fact in (*pots, executors) if is_withdrawn_first else (executors, *pots):
        client.take(fact)
    assert client.ledger.worth(f"pot:{POT}") == client.chain.pots[POT].balance == 9 * USD


def test_a_settlement_leaves_what_people_want_for_later_and_the_other_way_round() -> None:
    """One open movement a pot, whichever kind it is."""
    client = asked()
    client.land()
    client.close_day(4 * USD)
    client.tick()
    assert isinstance(client.asked[-1], SettlePot)
    assert client.ask(5 * USD, "r2") == []
    client.land()
    assert isinstance(client.asked[-1], FundPot)
