import msgspec
import pytest

from domain.treasury.look import DAY_MS, HOUR_MS
from domain.treasury.rows import AnyRow
from events.types import FundPot, SettlementPosted, SettlementReserved, SettlePot
from tests.treasury_kit import OTHER, POT, START_MS, USD, Treasury, funded, of


def next_day(spent: int = 40 * USD, in_pot: int = 50 * USD) -> Treasury:
    """Return a client an hour after a day that has cost something, which its account has just closed."""
    client = funded()
    client.ask(in_pot, "r0")
    client.land()
    client.until(START_MS + DAY_MS + HOUR_MS)
    client.close_day(spent)
    return client


def test_what_a_day_has_cost_is_settled_some_hours_after_it() -> None:
    """Platforms still say something else for a while."""
    client = next_day()
    client.tick(119)
    assert of(client.told, SettlementReserved) == []
    client.tick(2)
    (reserved,), (command,) = of(client.told, SettlementReserved), of(client.told, SettlePot)
    assert (reserved.amount_micro_usdc, reserved.day) == (40 * USD, "2026-03-01")
    assert (command.movement_id, command.amount_micro_usdc) == (reserved.movement_id, 40 * USD)
    assert isinstance(client.land()[0], SettlementPosted)
    assert client.ledger.worth("settlement") == 40 * USD
    assert client.ledger.worth(f"pot:{POT}") == 10 * USD


@pytest.mark.parametrize(("restated", "more"), [(43 * USD, 3 * USD), (40 * USD, 0)])
def test_a_restatement_is_settled_by_what_it_changes(restated: int, more: int) -> None:
    """The days are summed up again, and what was settled is taken off."""
    client = next_day()
    client.tick(121)
    client.land()
    client.close_day(restated)
    client.tick()
    assert sum(one.amount_micro_usdc for one in of(client.told, SettlePot)) == 40 * USD + more


def test_a_day_that_cost_less_in_the_end_makes_the_next_settlement_smaller() -> None:
    """Nothing is taken back from the platform's account."""
    client = next_day(in_pot=80 * USD)
    client.tick(121)
    client.land()
    client.close_day(35 * USD)
    client.until(START_MS + 2 * DAY_MS + 4 * HOUR_MS)
    assert len(of(client.told, SettlePot)) == 1
    client.close_day(20 * USD)
    client.tick()
    assert of(client.told, SettlePot)[-1].amount_micro_usdc == 15 * USD


def test_a_pot_that_holds_less_is_funded_first() -> None:
    """What was spent and not settled is a need, whoever still runs."""
    client = next_day(spent=60 * USD)
    client.tick(121)
    fund = client.asked[-1]
    assert isinstance(fund, FundPot)
    assert fund.amount_micro_usdc == 10 * USD
    client.land()
    assert of(client.told, SettlePot)[-1].amount_micro_usdc == 60 * USD


def test_what_there_is_is_settled_when_no_more_is_to_be_had() -> None:
    """The rest when it has come."""
    client = funded(treasury_micro_usdc=50 * USD)
    client.ask(50 * USD, "r0")
    client.land()
    client.observe()
    client.until(START_MS + DAY_MS + 4 * HOUR_MS)
    client.close_day(60 * USD)
    client.tick()
    assert of(client.told, SettlePot)[-1].amount_micro_usdc == 50 * USD
    client.land()
    client.chain.treasury += 100 * USD
    client.observe()
    client.tick()
    assert of(client.told, FundPot)[-1].amount_micro_usdc == 10 * USD
    client.land()
    assert of(client.told, SettlePot)[-1].amount_micro_usdc == 10 * USD


def test_a_settlement_that_failed_is_decided_again() -> None:
    """And not counted as paid."""
    client = next_day()
    client.tick(121)
    client.fail("expired")
    client.tick()
    first, second = of(client.told, SettlePot)
    assert first.amount_micro_usdc == second.amount_micro_usdc
    assert client.pot().paid_micro_usdc == 40 * USD


def test_a_day_keeps_the_rate_that_it_was_settled_by() -> None:
    """A restatement is reckoned by it too."""
    client = next_day(spent=0)
    client.rate("EUR", 1_100_000_000)
    client.close_day(10 * USD, currency="EUR", at_ms=client.now_ms + 1)
    client.tick(121)
    client.land()
    client.rate("EUR", 2_000_000_000)
    client.close_day(11 * USD, currency="EUR")
    client.tick()
    assert [one.amount_micro_usdc for one in of(client.told, SettlePot)] == [11 * USD, 1_100_000]


def test_a_campaign_that_moves_to_another_pot_is_paid_there_from_then_on() -> None:
    """Each pot pays what was spent while it was the one."""
    client = funded()
    client.open(OTHER)
    client.observe()
    client.ask(50 * USD, "r1", POT)
    client.land()
    client.ask(50 * USD, "r2", OTHER)
    client.land()
    client.meter(spent_micros=30 * USD)
    client.tick()
    client.link(pot=OTHER)
    client.meter(pot=OTHER, spent_micros=45 * USD)
    client.until(START_MS + DAY_MS + 4 * HOUR_MS)
    client.close_day(46 * USD, pot=OTHER)
    client.tick()
    settled = {one.pot: one.amount_micro_usdc for one in of(client.told, SettlePot)}
    assert settled == {POT: 30 * USD, OTHER: 16 * USD}


def test_every_row_that_is_kept_can_be_read_again() -> None:
    """A worker that restores its table has to."""
    client = next_day()
    client.tick(121)
    client.webhook("campaign-paused")
    client.rate("EUR", 1_100_000_000)
    client.policy()
    client.ask(5 * USD, "r9")
    decoder = msgspec.msgpack.Decoder(AnyRow)
    for row in client.rows.values():
        assert decoder.decode(msgspec.msgpack.encode(row)) == row
