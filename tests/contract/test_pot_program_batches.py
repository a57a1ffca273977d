"""Attacks on fundings in batches: pairs mixed up, counts that lie, and one bad funding among good ones."""

import struct

import pytest
from solders.instruction import AccountMeta, Instruction

from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, CAP, OTHER, PotWorld, must


def two_pots() -> PotWorld:
    """Give a world with two pots."""
    world = PotWorld()
    world.open()
    world.open(OTHER)
    return world


def with_order(entry: Instruction, order: list[int]) -> Instruction:
    """Give the accounts behind the first four another order."""
    metas = list(entry.accounts)
    return Instruction(entry.program_id, entry.data, metas[:4] + [metas[4 + index] for index in order])


@pytest.mark.parametrize(
    ("order", "name"), [([0, 3, 2, 1], "WrongVault"), ([1, 0, 3, 2], "NotAPot"), ([0, 0, 2, 2], "WrongVault")]
)
def test_pairs_that_do_not_fit_together_fund_nothing(order: list[int], name: str) -> None:
    """Vaults exchanged, pot and vault exchanged, a pot as its own vault."""
    world = two_pots()
    entry = with_order(world.batch((CAMPAIGN, 5), (OTHER, 7)), order)
    assert world.send(entry).code == kit.ERRORS[name]
    assert world.runtime.tokens(world.vault()) + world.runtime.tokens(world.vault(OTHER)) == 0


def test_pots_exchanged_with_their_vaults_are_told_by_their_numbers() -> None:
    """A batch names no campaign; a pot's number, from the slot of its birth, is its own as a rule."""
    world = PotWorld()
    world.open()
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    world.open(OTHER)
    entry = with_order(world.batch((CAMPAIGN, 5), (OTHER, 7)), [2, 3, 0, 1])
    assert world.send(entry).code == kit.ERRORS["SequenceUsed"]


def test_one_bad_funding_fails_all() -> None:
    """Nothing of the batch lands."""
    world = two_pots()
    result = world.send(world.batch((CAMPAIGN, 5), (OTHER, CAP + 1)))
    assert result.code == kit.ERRORS["DailyCapExceeded"]
    assert world.runtime.tokens(world.vault()) == 0
    assert world.pot()["totalFunded"] == 0


def test_a_batch_goes_over_no_cap_in_steps() -> None:
    """Each funding counts those before it."""
    world = two_pots()
    result = world.send(world.batch((CAMPAIGN, CAP), (CAMPAIGN, 1)))
    assert result.code == kit.ERRORS["DailyCapExceeded"]


def test_a_batch_takes_no_more_than_there_is_in_steps() -> None:
    """Each funding sees what those before it have left."""
    world = two_pots()
    world.put_tokens(world.token("funder"), world.address("funder"), 9)
    assert world.send(world.batch((CAMPAIGN, 5), (OTHER, 5))).code == kit.ERRORS["InsufficientFunds"]


def test_another_funders_pot_fails_the_batch() -> None:
    """A stranger's number cannot be burnt in a batch either."""
    world = two_pots()
    must(world.call("set_keys", OTHER, funder=world.address("heir"), spender=world.address("spender")))
    assert world.send(world.batch((CAMPAIGN, 5), (OTHER, 7))).code == kit.ERRORS["NotFunder"]


@pytest.mark.parametrize("count", [0, 1, 3, 17, 2**32 - 1])
def test_a_count_that_lies_is_refused(count: int) -> None:
    """More or fewer than there are, none, and more than fit."""
    world = two_pots()
    entry = world.batch((CAMPAIGN, 5), (OTHER, 7))
    data = bytes(entry.data)
    lying = Instruction(entry.program_id, data[:8] + struct.pack("<I", count) + data[12:], entry.accounts)
    result = world.send(lying)
    assert result.code in (kit.ERRORS["BadData"], kit.ERRORS["WrongAccounts"])


def test_seventeen_are_too_many() -> None:
    """The program has room for sixteen, and says so before it looks at any."""
    world = two_pots()
    assert world.send(world.batch(*[(CAMPAIGN, 1)] * 17)).code == kit.ERRORS["WrongAccounts"]


def test_a_batch_needs_the_funders_signature() -> None:
    """Naming the funder is not enough."""
    world = two_pots()
    assert world.send(kit.unsigned(world.batch((CAMPAIGN, 5)), 0)).code == 3010


def test_a_pot_that_is_only_read_takes_no_funding() -> None:
    """An account that cannot be written is refused before it is tried."""
    world = two_pots()
    entry = world.batch((CAMPAIGN, 5), (OTHER, 7))
    metas = [*entry.accounts[:6], AccountMeta(entry.accounts[6].pubkey, is_signer=False, is_writable=False)]
    reading = Instruction(entry.program_id, entry.data, [*metas, *entry.accounts[7:]])
    assert world.send(reading).code == 2000
