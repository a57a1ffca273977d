from msgspec.structs import replace

from domain.treasury.ledger import TREASURY
from events.types import (
    FundingAlertCleared,
    FundingAlertRaised,
    FundingRefused,
    FundPot,
    LedgerBooked,
)
from tests.treasury_chain import address
from tests.treasury_kit import OTHER, POT, USD, Treasury, funded, of


def booked(told: list[object]) -> list[tuple[str, int]]:
    """Return what was booked, and how much."""
    return [(one.what, sum(line.amount for line in one.transfers)) for one in of(told, LedgerBooked)]  # type: ignore[arg-type]  # facts


def alerts(told: list[object]) -> list[str]:
    """Return which alerts were raised."""
    return [one.kind for one in of(told, FundingAlertRaised)]  # type: ignore[arg-type]  # facts


def test_what_comes_into_the_treasury_or_leaves_it_is_booked() -> None:
    """By what the chain says at one slot."""
    client = funded(treasury_micro_usdc=100 * USD)
    client.chain.treasury += 7 * USD
    assert booked(client.observe()) == [("deposit", 7 * USD)]
    client.chain.treasury -= 30 * USD
    assert booked(client.observe()) == [("taken-out", 30 * USD)]
    assert client.ledger.worth(TREASURY) == client.chain.treasury


def test_a_movement_under_way_is_no_deposit_and_nothing_taken_out() -> None:
    """The chain may have it before we have heard of it, and the other way round."""
    client = funded(treasury_micro_usdc=100 * USD)
    client.ask(10 * USD)
    assert booked(client.observe()) == []
    client.chain.land(client.asked[-1])
    assert booked(client.observe()) == []
    client.take(client.landed(client.asked[-1]))
    assert booked(client.observe()) == []


def test_an_older_observation_changes_nothing() -> None:
    """Two executors may tell theirs in any order."""
    client = funded()
    older = client.chain.observed()
    client.chain.treasury += USD
    client.observe()
    before = dict(client.rows)
    assert client.take(older) == []
    assert client.rows == before


def test_deposits_are_told_from_all_pots_or_not_at_all() -> None:
    """What one of the pots has got is missing in the treasury."""
    client = funded(treasury_micro_usdc=100 * USD)
    client.open(OTHER)
    client.observe()
    client.tick()
    client.ask(10 * USD, pot=OTHER)
    client.chain.land(client.asked[-1])
    whole = client.chain.observed()
    first, second = (replace(whole, pots=(one,), is_whole=False) for one in whole.pots)
    assert booked(client.take(first)) == []
    assert booked(client.take(second)) == []
    client.chain.treasury += USD
    whole = client.chain.observed()
    first, second = (replace(whole, pots=(one,), is_whole=False) for one in whole.pots)
    assert booked(client.take(first)) == []
    assert booked(client.take(second)) == [("deposit", USD)]


def test_a_gift_to_a_vault_is_booked_and_used() -> None:
    """Whoever sends it past the program."""
    client = funded()
    client.chain.pots[POT].gifts += 4 * USD
    assert booked(client.observe()) == [("gift", 4 * USD)]
    client.meter()
    assert of(client.tick(), FundPot)[0].amount_micro_usdc == 6 * USD


def test_a_pot_that_has_moved_money_before_begins_with_its_sums() -> None:
    """Its ring does not reach back to its beginning."""
    client = Treasury()
    client.tick()
    client.chain.treasury = 100 * USD
    client.open()
    for kind, amount in (("fund", 20), ("settle", 5), ("withdraw", 3)):
        client.chain.move(POT, kind, "e" * 64, amount * USD)
    for fact in client.moved():
        assert client.take(fact) == []
    client.observe()
    for fact in client.moved():
        assert client.take(fact) == []
    assert client.ledger.worth(f"pot:{POT}") == 12 * USD
    assert client.ledger.worth(TREASURY) == 80 * USD


def test_what_the_ledger_lacks_is_told_when_it_is_still_missing_the_next_time() -> None:
    """A movement that is on its way to us is no difference."""
    client = funded()
    client.chain.move(POT, "fund", "e" * 64, 4 * USD)
    client.chain.move(POT, "withdraw", "d" * 64, USD)
    assert alerts(client.observe()) == []
    assert alerts(client.observe()) == ["ledger_differs"]
    for fact in client.moved():
        client.take(fact)
    assert [one.kind for one in of(client.observe(), FundingAlertCleared)] == ["ledger_differs"]


def test_a_pot_that_is_always_moving_does_not_differ() -> None:
    """Each time it is another movement that is still on its way to us."""
    client = funded()
    client.ask(2 * USD, "r0")
    for number in range(1, 6):
        client.chain.land(client.asked[-1])
        assert alerts(client.observe()) == []
        client.take(client.landed(client.asked[-1]))
        client.take(client.moved()[-1])
        client.ask(2 * USD, f"r{number}")


def test_a_pot_with_another_authority_is_not_funded() -> None:
    """Its money would be somebody else's."""
    client = funded()
    client.chain.pots[POT].authority = address("thief")
    assert alerts(client.observe()) == ["pot_foreign"]
    client.meter()
    client.tick()
    client.ask(5 * USD)
    assert client.asked == []
    assert {one.reason for one in of(client.told, FundingRefused)} == {"pot-foreign"}


def test_little_sol_for_fees_is_told_and_is_over_only_with_a_fifth_more() -> None:
    """So that it is not told with every fee."""
    client = funded()
    assert alerts(client.observe(fee_lamports=49_999_999)) == ["fees_low"]
    assert of(client.observe(fee_lamports=50_000_001), FundingAlertCleared) == []
    assert [one.kind for one in of(client.observe(fee_lamports=60_000_000), FundingAlertCleared)] == [
        "fees_low"
    ]


def test_a_pot_that_was_closed_and_opened_again_goes_on() -> None:
    """Its sums begin at nothing, its numbers further up."""
    client = funded(treasury_micro_usdc=100 * USD)
    client.ask(10 * USD, "r1")
    client.land()
    client.chain.move(POT, "withdraw", "e" * 64, 10 * USD)
    client.take(client.moved()[-1])
    client.chain.pots.pop(POT)
    client.observe()
    client.open()
    assert alerts(client.observe()) == []
    client.ask(5 * USD, "r2")
    client.land()
    assert alerts(client.observe()) == []
    assert booked(client.observe()) == []
    assert client.ledger.worth(f"pot:{POT}") == 5 * USD
    assert client.ledger.worth(TREASURY) == client.chain.treasury == 85 * USD


def test_a_pot_that_is_paused_on_chain_is_not_funded_until_it_goes_on() -> None:
    """Somebody has reason to."""
    client = funded()
    client.chain.pots[POT].is_paused = True
    client.observe()
    client.meter()
    assert [one.reason for one in of(client.tick(), FundingRefused)] == ["pot-paused"]
    client.chain.pots[POT].is_paused = False
    client.observe()
    assert of(client.tick(), FundPot)
