"""Attacks on what is moved: forged accounts, strange vaults, numbers used twice, clocks that run wrong."""

import struct

import pytest
from solders.pubkey import Pubkey

from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, CAP, OTHER, PotWorld, must

TOKEN_2022 = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
ELSEWHERE = kit.key("elsewhere").pubkey()


def funded(amount: int = CAP) -> PotWorld:
    """Give a world with a funded pot."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=amount))
    return world


@pytest.mark.parametrize("owner", [kit.SYSTEM, kit.TOKEN, kit.LOADER])
def test_a_forged_pot_is_no_pot(owner: Pubkey) -> None:
    """Its bytes are right, and it names the thief as authority; but another program owns it."""
    world = funded()
    forged = bytearray(world.runtime.data(kit.pot_address(CAMPAIGN)))
    forged[8:40] = bytes(world.address("stranger"))
    world.runtime.put(ELSEWHERE, owner, bytes(forged))
    who = {"authority": world.address("stranger"), "authority_token": world.token("stranger")}
    result = world.call("withdraw", campaign_pot=ELSEWHERE, **who)
    assert result.code == kit.ERRORS["NotAPot"]


@pytest.mark.parametrize("size", [0, 7, 8, 2161, 2163])
def test_an_account_of_another_size_is_no_pot(size: int) -> None:
    """Neither cut off nor longer."""
    world = funded()
    data = world.runtime.data(kit.pot_address(CAMPAIGN))
    world.runtime.put(ELSEWHERE, kit.PROGRAM, (data + bytes(8))[:size])
    assert world.call("withdraw", campaign_pot=ELSEWHERE).code == kit.ERRORS["NotAPot"]


def test_an_account_that_is_not_called_a_pot_is_no_pot() -> None:
    """Its owner and its size are right, and its name is another one."""
    world = funded()
    data = world.runtime.data(kit.pot_address(CAMPAIGN))
    world.runtime.put(ELSEWHERE, kit.PROGRAM, bytes(8) + data[8:])
    assert world.call("withdraw", campaign_pot=ELSEWHERE).code == kit.ERRORS["NotAPot"]


@pytest.mark.parametrize(
    "vault",
    ["anothers", "other_mint", "delegate", "close_authority", "frozen", "unmade", "token_2022", "nothing"],
)
def test_a_pot_is_not_opened_over_a_vault_that_somebody_has_a_hand_in(vault: str) -> None:
    """Each of these could be emptied, closed or counted wrong."""
    world = PotWorld()
    pot, stranger = kit.pot_address(CAMPAIGN), world.address("stranger")
    data = {
        "anothers": kit.token_account(world.mint, stranger),
        "other_mint": kit.token_account(ELSEWHERE, pot),
        "delegate": kit.token_account(world.mint, pot, delegate=stranger),
        "close_authority": kit.token_account(world.mint, pot, close_authority=stranger),
        "frozen": kit.token_account(world.mint, pot, state=2),
        "unmade": kit.token_account(world.mint, pot, state=0),
        "token_2022": kit.token_account(world.mint, pot),
        "nothing": b"",
    }[vault]
    world.runtime.put(world.vault(), TOKEN_2022 if vault == "token_2022" else kit.TOKEN, data)
    assert world.call("initialize_pot").code == kit.ERRORS["WrongVault"]


@pytest.mark.parametrize("also", ["delegate", "close_authority"])
def test_a_vault_that_somebody_gets_a_hand_in_later_takes_no_money(also: str) -> None:
    """It cannot come about by the token program; the check does not rely on that."""
    world = funded()
    world.put_tokens(world.vault(), kit.pot_address(CAMPAIGN), CAP, **{also: world.address("stranger")})
    assert world.call("settle").code == kit.ERRORS["WrongVault"]


@pytest.mark.parametrize(("name", "role"), [("settle", "spender"), ("withdraw", "authority")])
@pytest.mark.parametrize("to", ["stranger", "funder", "vault"])
def test_money_goes_to_nobody_but_who_signs(name: str, role: str, to: str) -> None:
    """Even a stolen key cannot send it elsewhere at once."""
    world = funded()
    target = world.vault() if to == "vault" else world.token(to)
    result = world.call(name, **{f"{role}_token": target})
    assert result.code == kit.ERRORS["WrongTokenAccount"]
    assert world.runtime.tokens(world.vault()) == CAP


@pytest.mark.parametrize(("name", "role"), [("settle", "spender"), ("withdraw", "authority")])
def test_the_pots_own_key_does_not_help_another_role(name: str, role: str) -> None:
    """The funder neither settles nor withdraws."""
    world = funded()
    wanted = kit.ERRORS["NotSpender" if role == "spender" else "NotAuthority"]
    who = {role: world.address("funder"), f"{role}_token": world.token("funder")}
    assert world.call(name, **who).code == wanted


@pytest.mark.parametrize("name", ["settle", "withdraw"])
def test_another_pots_vault_pays_nothing(name: str) -> None:
    """A pot is charged for its own money only."""
    world = funded()
    world.open(OTHER)
    assert world.call(name, OTHER, vault=world.vault(CAMPAIGN)).code == kit.ERRORS["WrongVault"]


def test_a_source_of_somebody_else_is_refused_even_when_it_was_lent() -> None:
    """A funder moves its own money: a delegate's right to anothers' is no reason to take it."""
    world = PotWorld()
    world.open()
    world.put_tokens(ELSEWHERE, world.address("stranger"), CAP, delegate=world.address("funder"))
    result = world.call("fund_campaign_pot", funder_token=ELSEWHERE)
    assert result.code == kit.ERRORS["WrongTokenAccount"]


def test_the_vault_is_not_its_own_source() -> None:
    """Money that only went round would count as funded."""
    world = funded(1)
    result = world.call("fund_campaign_pot", funder_token=world.vault())
    assert result.code == kit.ERRORS["WrongTokenAccount"]


def test_a_number_is_used_once_in_a_transaction_too() -> None:
    """The second funding fails, and with it the first."""
    world = PotWorld()
    world.open()
    entry = world.instruction("fund_campaign_pot")
    assert world.send(entry, entry).code == kit.ERRORS["SequenceUsed"]
    assert world.runtime.tokens(world.vault()) == 0


@pytest.mark.parametrize("name", ["fund_campaign_pot", "settle", "withdraw"])
@pytest.mark.parametrize("step", [-1, 1, -(1 << 20), 2**32])
def test_only_the_next_number_moves_money(name: str, step: int) -> None:
    """For each kind of movement; used ones and future ones are told apart."""
    world = funded(10)
    result = world.call(name, amount=1, sequence=world.pot()["nextSequence"] + step)
    assert result.code == kit.ERRORS["SequenceUsed" if step < 0 else "SequenceAhead"]


def test_a_clock_that_goes_back_opens_no_second_day() -> None:
    """The later day goes on counting."""
    world = funded()
    world.runtime.set_clock(seconds=kit.START_SECONDS - kit.DAY_SECONDS)
    assert world.call("fund_campaign_pot", amount=1).code == kit.ERRORS["DailyCapExceeded"]


def test_a_clock_before_1970_counts_as_the_first_day() -> None:
    """One day under one cap, and no crash."""
    world = PotWorld()
    world.open()
    for seconds in (-1, -kit.DAY_SECONDS, -(2**63), 5):
        world.runtime.set_clock(seconds=seconds)
        must(world.call("fund_campaign_pot", amount=CAP // 4))
    assert world.pot()["day"] == 0
    assert world.call("fund_campaign_pot", amount=1).code == kit.ERRORS["DailyCapExceeded"]


@pytest.mark.parametrize("day", [-1, -(2**63), 2**63 - 1])
def test_a_spend_of_no_possible_day_is_refused(day: int) -> None:
    """The newest day must stay reachable."""
    assert funded().call("settle", day=day).code == kit.ERRORS["WrongDay"]


def test_sums_do_not_wrap_under_a_cap_without_limit() -> None:
    """Neither the day's sum nor the total comes round to a small number."""
    world = PotWorld()
    world.open(cap=2**64 - 1)
    half = 2**63
    world.put_tokens(world.token("funder"), world.address("funder"), half)
    must(world.call("fund_campaign_pot", amount=half))
    must(world.call("withdraw", amount=half))
    world.put_tokens(world.token("funder"), world.address("funder"), half)
    assert world.call("fund_campaign_pot", amount=half).code == kit.ERRORS["DailyCapExceeded"]
    world.runtime.set_clock(seconds=kit.START_SECONDS + kit.DAY_SECONDS)
    assert world.call("fund_campaign_pot", amount=half).code == kit.ERRORS["Overflow"]


def test_an_amount_of_all_bits_is_refused() -> None:
    """As a program that reckons with signs would take it for -1."""
    world = PotWorld()
    world.open(cap=2**64 - 1)
    assert world.call("fund_campaign_pot", amount=2**64 - 1).code == kit.ERRORS["InsufficientFunds"]


def test_the_last_number_of_all_is_never_used() -> None:
    """After it the numbers would begin again."""
    world = funded(10)
    address = kit.pot_address(CAMPAIGN)
    data = bytearray(world.runtime.data(address))
    data[296:304] = struct.pack("<Q", 2**64 - 1)
    world.runtime.put(address, kit.PROGRAM, bytes(data))
    assert world.call("fund_campaign_pot", amount=1).code == kit.ERRORS["Overflow"]
