"""Attacks on setting up: who comes first, forged records of loader and config, lamports in the way."""

import struct

import pytest
from solders.rent import Rent

from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, OTHER, PotWorld, must

ELSEWHERE = kit.key("elsewhere").pubkey()


def loader_record(authority: bytes, has_authority: int = 1) -> bytes:
    """Give a ProgramData account's beginning."""
    return struct.pack("<IQB", 3, 0, has_authority) + authority + bytes(8)


def test_the_upgrade_authority_must_have_signed() -> None:
    """Naming it is not enough."""
    world = PotWorld(is_set_up=False)
    entry = kit.unsigned(world.instruction("initialize", admin=world.address("admin")), 5)
    assert world.send(entry).code == 3010


def test_a_forged_program_data_does_not_help() -> None:
    """It names the thief, but it is not the one that the program's own record names."""
    world = PotWorld(is_set_up=False)
    stranger = world.address("stranger")
    world.runtime.put(ELSEWHERE, kit.LOADER, loader_record(bytes(stranger)))
    result = world.call("initialize", program_data=ELSEWHERE, upgrade_authority=stranger)
    assert result.code == kit.ERRORS["WrongProgram"]


def test_another_programs_records_do_not_help() -> None:
    """The thief deploys a program of its own, and brings both its records."""
    world = PotWorld(is_set_up=False)
    stranger = world.address("stranger")
    theirs = kit.key("their program").pubkey()
    world.runtime.put(kit.program_data(theirs), kit.LOADER, loader_record(bytes(stranger)))
    world.runtime.put(theirs, kit.LOADER, struct.pack("<I", 2) + bytes(kit.program_data(theirs)))
    records = {"program": theirs, "program_data": kit.program_data(theirs)}
    result = world.call("initialize", **records, upgrade_authority=stranger)
    assert result.code == kit.ERRORS["WrongProgram"]


@pytest.mark.parametrize("has_authority", [0, 2])
def test_a_program_that_nobody_may_replace_is_set_up_by_nobody(has_authority: int) -> None:
    """The bytes of a former authority may still lie in the record."""
    world = PotWorld(is_set_up=False)
    record = loader_record(bytes(world.address("upgrade")), has_authority)
    world.runtime.put(kit.program_data(), kit.LOADER, record)
    assert world.call("initialize").code == kit.ERRORS["NotUpgradeAuthority"]


@pytest.mark.parametrize("decimals", [0, 9])
def test_a_mint_that_reckons_in_other_units_is_refused(decimals: int) -> None:
    """All amounts are in millionths."""
    world = PotWorld(is_set_up=False)
    world.runtime.put(ELSEWHERE, kit.TOKEN, kit.mint_account(world.address("admin"), decimals))
    assert world.call("initialize", usdc_mint=ELSEWHERE).code == kit.ERRORS["WrongMint"]


def test_a_mint_of_another_program_is_refused() -> None:
    """Its bytes are right."""
    world = PotWorld(is_set_up=False)
    world.runtime.put(ELSEWHERE, kit.SYSTEM, kit.mint_account(world.address("admin")))
    assert world.call("initialize", usdc_mint=ELSEWHERE).code == kit.ERRORS["WrongMint"]


def test_a_token_account_is_no_mint() -> None:
    """It is the token program's, and of another size."""
    world = PotWorld(is_set_up=False)
    assert world.call("initialize", usdc_mint=world.token("funder")).code == kit.ERRORS["WrongMint"]


def test_a_forged_config_is_no_config() -> None:
    """It names the thief as admin, but another program owns it."""
    world = PotWorld()
    forged = bytearray(world.runtime.data(kit.config_address()))
    forged[8:40] = bytes(world.address("stranger"))
    world.runtime.put(ELSEWHERE, kit.SYSTEM, bytes(forged))
    result = world.call("initialize_pot", config=ELSEWHERE, admin=world.address("stranger"))
    assert result.code == kit.ERRORS["NotAConfig"]


@pytest.mark.parametrize(("name", "size"), [(bytes(8), 73), (None, 72), (None, 74)])
def test_an_account_of_another_name_or_size_is_no_config(name: bytes | None, size: int) -> None:
    """Even when the program owns it."""
    world = PotWorld()
    data = world.runtime.data(kit.config_address())
    forged = (name or data[:8]) + data[8:] + bytes(1)
    world.runtime.put(ELSEWHERE, kit.PROGRAM, forged[:size])
    assert world.call("initialize_pot", config=ELSEWHERE).code == kit.ERRORS["NotAConfig"]


def test_a_pot_is_opened_for_the_configs_mint_only() -> None:
    """Another mint with six decimals is another money."""
    world = PotWorld()
    world.runtime.put(ELSEWHERE, kit.TOKEN, kit.mint_account(world.address("admin")))
    assert world.call("initialize_pot", usdc_mint=ELSEWHERE).code == kit.ERRORS["WrongMint"]


def test_a_pot_is_not_opened_twice() -> None:
    """A second opening would change its keys and begin its numbers anew."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot"))
    before = world.pot()
    assert world.call("initialize_pot").code == kit.ERRORS["AlreadyInitialized"]
    assert world.pot() == before


def test_an_address_that_another_program_has_is_not_taken() -> None:
    """However empty it is."""
    world = PotWorld()
    world.put_tokens(world.vault(), kit.pot_address(CAMPAIGN))
    world.runtime.put(kit.pot_address(CAMPAIGN), kit.TOKEN, b"")
    assert world.call("initialize_pot").code == kit.ERRORS["AlreadyInitialized"]


@pytest.mark.parametrize("lamports", [1, 890_880, 16_829_280, 10**10])
def test_lamports_in_the_way_block_neither_config_nor_pot(lamports: int) -> None:
    """Whoever sends some there beforehand has given them away."""
    world = PotWorld(is_set_up=False)
    for address in (kit.config_address(), kit.pot_address(CAMPAIGN)):
        world.runtime.svm.airdrop(address, lamports)
    must(world.call("initialize"))
    world.open()
    must(world.call("fund_campaign_pot"))
    least = world.runtime.svm.minimum_balance_for_rent_exemption(2162)
    assert world.runtime.svm.get_balance(kit.pot_address(CAMPAIGN)) == max(lamports, least)


@pytest.mark.parametrize(
    ("lamports", "threshold"), [(3_480, 2.0), (6_960, 1.0), (696, 1.0), (5_000, 1.7), (100_000, 0.3)]
)
def test_rent_is_paid_in_each_of_its_forms(lamports: int, threshold: float) -> None:
    """As it was, as it is, and as a cluster may decide; never too little, at most a millionth too much."""
    world = PotWorld()
    rent = Rent(lamports_per_byte_year=lamports, exemption_threshold=threshold, burn_percent=50)
    world.runtime.svm.set_rent(rent)
    world.open(OTHER)
    paid = world.runtime.svm.get_balance(kit.pot_address(OTHER))
    least = rent.minimum_balance(2162)
    assert least <= paid <= least + least // 10**6 + 1
