"""Every refusal that the IDL names, brought about; and Anchor's own that the program uses."""

from collections.abc import Callable
from typing import Final

import pytest
from solders.instruction import AccountMeta, Instruction

from chain.program.generate import discriminator
from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, CAP, OTHER, PotWorld, must

Refused = Callable[[PotWorld], kit.Result]
ANCHOR: Final = {"InstructionMissing": 100, "InstructionUnknown": 101, "NotWritable": 2000, "NotSigner": 3010}
CASES: Final[dict[str, Refused]] = {}


def case(name: str) -> Callable[[Refused], Refused]:
    """Enter a way to bring about a refusal."""

    def enter(how: Refused) -> Refused:
        CASES[name] = how
        return how

    return enter


def with_data(instruction: Instruction, data: bytes) -> Instruction:
    """Give an instruction other data."""
    return Instruction(instruction.program_id, data, instruction.accounts)


@case("WrongAccounts")
def one_account_too_many(world: PotWorld) -> kit.Result:
    """Try an account more than the instruction has."""
    entry = world.instruction("pause_pot")
    more = [*entry.accounts, AccountMeta(kit.SYSTEM, is_signer=False, is_writable=False)]
    return world.send(Instruction(entry.program_id, entry.data, more))


@case("BadData")
def one_byte_too_few(world: PotWorld) -> kit.Result:
    """Send data that ends early."""
    entry = world.instruction("fund_campaign_pot")
    return world.send(with_data(entry, bytes(entry.data)[:-1]))


@case("NotAConfig")
def a_pot_as_config(world: PotWorld) -> kit.Result:
    """Try an account of the program that is something else."""
    return world.call("initialize_pot", OTHER, config=kit.pot_address(CAMPAIGN))


@case("NotAPot")
def a_config_as_pot(world: PotWorld) -> kit.Result:
    """Try an account of the program that is something else."""
    return world.call("pause_pot", campaign_pot=kit.config_address())


@case("WrongAddress")
def another_campaigns_address(world: PotWorld) -> kit.Result:
    """Try a pot opened where another one belongs."""
    return world.call("initialize_pot", OTHER, campaign_pot=kit.pot_address(bytes(32)))


@case("WrongMint")
def another_mint(world: PotWorld) -> kit.Result:
    """Try a mint that is not the pot's."""
    return world.call("fund_campaign_pot", usdc_mint=kit.key("elsewhere").pubkey())


@case("WrongVault")
def another_vault(world: PotWorld) -> kit.Result:
    """Try a token account of the pot that is not the one it was opened with."""
    second = kit.key("second vault").pubkey()
    world.put_tokens(second, kit.pot_address(CAMPAIGN))
    return world.call("fund_campaign_pot", vault=second)


@case("WrongTokenAccount")
def anothers_money(world: PotWorld) -> kit.Result:
    """Try a source that is not the funder's."""
    return world.call("fund_campaign_pot", funder_token=world.token("stranger"))


@case("WrongProgram")
def another_token_program(world: PotWorld) -> kit.Result:
    """Try a token program of somebody's own."""
    return world.call("fund_campaign_pot", token_program=kit.PROGRAM)


@case("NotAdmin")
def a_stranger_opens_a_pot(world: PotWorld) -> kit.Result:
    """Try a pot opened by somebody else."""
    return world.call("initialize_pot", OTHER, admin=world.address("stranger"))


@case("NotAuthority")
def a_stranger_sets_the_cap(world: PotWorld) -> kit.Result:
    """Try a cap set by somebody else."""
    return world.call("set_daily_cap", authority=world.address("stranger"))


@case("NotFunder")
def a_stranger_funds(world: PotWorld) -> kit.Result:
    """Try a stranger's own money, which would burn a number."""
    who = {"funder": world.address("stranger"), "funder_token": world.token("stranger")}
    return world.call("fund_campaign_pot", **who)


@case("NotSpender")
def a_stranger_settles(world: PotWorld) -> kit.Result:
    """Try a settlement to somebody else."""
    who = {"spender": world.address("stranger"), "spender_token": world.token("stranger")}
    return world.call("settle", **who)


@case("AmountZero")
def nothing_moves(world: PotWorld) -> kit.Result:
    """Try a funding of nothing."""
    return world.call("fund_campaign_pot", amount=0)


@case("SequenceUsed")
def a_number_again(world: PotWorld) -> kit.Result:
    """Try a number that a movement has had."""
    number = world.pot()["nextSequence"]
    must(world.call("fund_campaign_pot", sequence=number))
    return world.call("fund_campaign_pot", sequence=number)


@case("SequenceAhead")
def a_number_early(world: PotWorld) -> kit.Result:
    """Try a number whose turn it is not."""
    return world.call("fund_campaign_pot", sequence=world.pot()["nextSequence"] + 1)


@case("DailyCapExceeded")
def a_micro_above_the_cap(world: PotWorld) -> kit.Result:
    """Try the least that is too much."""
    must(world.call("fund_campaign_pot", amount=CAP))
    return world.call("fund_campaign_pot", amount=1)


@case("PotPaused")
def a_paused_pot(world: PotWorld) -> kit.Result:
    """Try a funding of a pot that its funder has paused."""
    must(world.call("pause_pot"))
    return world.call("fund_campaign_pot")


@case("Overflow")
def a_slot_beyond_all_numbers(world: PotWorld) -> kit.Result:
    """Try a slot that does not fit above the room for numbers."""
    world.runtime.set_clock(slot=1 << 44)
    world.put_tokens(world.vault(OTHER), kit.pot_address(OTHER))
    return world.call("initialize_pot", OTHER)


@case("NotEmpty")
def a_pot_with_money_is_closed(world: PotWorld) -> kit.Result:
    """Try a pot that holds a micro."""
    must(world.call("fund_campaign_pot", amount=1))
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    return world.call("close_pot")


@case("NoPendingAuthority")
def nobody_was_proposed(world: PotWorld) -> kit.Result:
    """Somebody takes a pot over unasked."""
    return world.call("accept_authority")


@case("NotUpgradeAuthority")
def a_stranger_is_quicker(_world: PotWorld) -> kit.Result:
    """Set the program up by whoever comes first."""
    fresh = PotWorld(is_set_up=False)
    return fresh.call("initialize", upgrade_authority=fresh.address("stranger"))


@case("AlreadyInitialized")
def set_up_twice(world: PotWorld) -> kit.Result:
    """Set it up a second time, which would change the admin."""
    return world.call("initialize", admin=world.address("stranger"))


@case("TooSoon")
def closed_as_it_was_born(world: PotWorld) -> kit.Result:
    """Close it in the slot of its birth: opened again in it, it would have the same numbers."""
    return world.call("close_pot")


@case("InsufficientFunds")
def more_than_there_is(world: PotWorld) -> kit.Result:
    """Try a settlement of more than the pot holds."""
    must(world.call("fund_campaign_pot", amount=1))
    return world.call("settle", amount=2)


@case("WrongCampaign")
def another_campaigns_pot(world: PotWorld) -> kit.Result:
    """Campaign and pot do not fit together."""
    world.open(OTHER)
    return world.call("fund_campaign_pot", campaign_pot=kit.pot_address(OTHER))


@case("WrongDay")
def the_day_after_tomorrow(world: PotWorld) -> kit.Result:
    """Try a day that would bar all days before it."""
    must(world.call("fund_campaign_pot"))
    return world.call("settle", day=world.day() + 2)


@case("InstructionMissing")
def no_instruction(world: PotWorld) -> kit.Result:
    """Too few bytes to name one."""
    return world.send(with_data(world.instruction("pause_pot"), bytes(7)))


@case("InstructionUnknown")
def no_such_instruction(world: PotWorld) -> kit.Result:
    """Try a name that the program does not have."""
    return world.send(with_data(world.instruction("pause_pot"), discriminator("global", "drain")))


@case("NotWritable")
def a_pot_that_is_only_read(world: PotWorld) -> kit.Result:
    """Give the pot to be read only."""
    return world.send(changed_meta(world.instruction("pause_pot"), 1, is_writable=False))


@case("NotSigner")
def the_funder_has_not_signed(world: PotWorld) -> kit.Result:
    """Somebody funds in the funder's name."""
    return world.send(changed_meta(world.instruction("fund_campaign_pot"), 0, is_signer=False))


def changed_meta(entry: Instruction, index: int, **changed: bool) -> Instruction:
    """Give an account of an instruction another flag."""
    metas = list(entry.accounts)
    old = metas[index]
    flags = {"is_signer": old.is_signer, "is_writable": old.is_writable, **changed}
    metas[index] = AccountMeta(old.pubkey, **flags)
    return Instruction(entry.program_id, entry.data, metas)


@pytest.mark.parametrize("name", CASES)
def test_each_refusal_has_its_own_code(name: str) -> None:
    """What is wrong is said by its code, and nothing has moved."""
    world = PotWorld()
    world.open()
    result = CASES[name](world)
    assert result.code == {**kit.ERRORS, **ANCHOR}[name], result
    assert world.runtime.tokens(world.vault()) == world.pot()["totalFunded"]


def test_every_code_is_reached() -> None:
    """A code that nothing brings about would be a promise that nobody has seen kept."""
    assert set(CASES) == {*kit.ERRORS, *ANCHOR}
