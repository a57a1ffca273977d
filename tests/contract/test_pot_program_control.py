"""Who may stop a pot, set its limits, hand it on and close it; and that its numbers never come again."""

import pytest

from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, CAP, PotWorld, must


def test_what_the_authority_stops_the_funder_cannot_let_go_on() -> None:
    """Two bits: the funder's own goes, the authority's stays until the authority takes it away."""
    world = PotWorld()
    world.open()
    authority = world.address("authority")
    must(world.call("pause_pot"))
    must(world.call("pause_pot", signer=authority))
    assert world.pot()["paused"] == 3
    must(world.call("resume_pot"))
    assert world.pot()["paused"] == 2
    assert world.call("fund_campaign_pot").code == kit.ERRORS["PotPaused"]
    must(world.call("resume_pot", signer=authority))
    assert world.pot()["paused"] == 0
    must(world.call("fund_campaign_pot"))


def test_the_authority_lets_go_on_what_the_funder_stopped() -> None:
    """It clears both bits."""
    world = PotWorld()
    world.open()
    must(world.call("pause_pot"))
    must(world.call("resume_pot", signer=world.address("authority")))
    assert world.pot()["paused"] == 0


def test_a_pause_can_be_repeated() -> None:
    """A second pause changes nothing and does not fail."""
    world = PotWorld()
    world.open()
    must(world.call("pause_pot"))
    must(world.call("pause_pot"))
    assert world.pot()["paused"] == 1


@pytest.mark.parametrize("name", ["pause_pot", "resume_pot"])
@pytest.mark.parametrize("role", ["spender", "admin", "stranger"])
def test_nobody_else_stops_a_pot_or_lets_it_go_on(name: str, role: str) -> None:
    """Not even the admin: it opens pots and has no hand in them."""
    world = PotWorld()
    world.open()
    assert world.call(name, signer=world.address(role)).code == kit.ERRORS["NotAuthority"]


def test_a_lower_cap_holds_at_once() -> None:
    """Also on a day on which more has been funded already."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=10))
    must(world.call("set_daily_cap", daily_cap=5))
    assert world.call("fund_campaign_pot", amount=1).code == kit.ERRORS["DailyCapExceeded"]
    must(world.call("set_daily_cap", daily_cap=11))
    must(world.call("fund_campaign_pot", amount=1))


def test_new_keys_take_the_place_of_the_old_ones() -> None:
    """A funder's key that was lost funds no more."""
    world = PotWorld()
    world.open()
    heir = world.address("heir")
    must(world.call("set_keys", funder=heir, spender=heir))
    assert world.call("fund_campaign_pot").code == kit.ERRORS["NotFunder"]
    world.put_tokens(world.token("heir"), heir, CAP)
    must(world.call("fund_campaign_pot", funder=heir, funder_token=world.token("heir")))
    assert world.call("settle").code == kit.ERRORS["NotSpender"]
    must(world.call("settle", spender=heir, spender_token=world.token("heir")))


def test_a_pot_is_handed_on_in_two_steps() -> None:
    """Only the one who was proposed can take it, and the old authority has it until then."""
    world = PotWorld()
    world.open()
    must(world.call("set_authority"))
    stranger = world.address("stranger")
    assert world.call("accept_authority", new_authority=stranger).code == kit.ERRORS["NoPendingAuthority"]
    must(world.call("set_daily_cap", daily_cap=7))
    must(world.call("accept_authority"))
    assert world.call("set_daily_cap").code == kit.ERRORS["NotAuthority"]
    must(world.call("set_daily_cap", authority=world.address("heir")))
    assert world.call("accept_authority").code == kit.ERRORS["NoPendingAuthority"]


def test_a_proposal_can_be_taken_back() -> None:
    """By proposing nobody."""
    world = PotWorld()
    world.open()
    must(world.call("set_authority"))
    must(world.call("set_authority", new_authority=kit.SYSTEM))
    assert world.call("accept_authority").code == kit.ERRORS["NoPendingAuthority"]


def test_a_closed_pot_gives_its_rent_back_and_leaves_nothing() -> None:
    """Pot and vault are gone, and the authority has their lamports."""
    world = PotWorld()
    world.open()
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    svm = world.runtime.svm
    rent = svm.get_balance(kit.pot_address(CAMPAIGN)) + svm.get_balance(world.vault())
    before = svm.get_balance(world.address("authority"))
    must(world.call("close_pot"))
    assert svm.get_balance(world.address("authority")) == before + rent
    assert not world.runtime.data(kit.pot_address(CAMPAIGN))
    assert not world.runtime.data(world.vault())


def test_a_pot_that_is_opened_again_begins_above_its_old_numbers() -> None:
    """So a transaction signed for the old pot finds its number used in the new one."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=1))
    old = world.instruction("fund_campaign_pot")
    must(world.call("withdraw", amount=1))
    last = world.pot()["nextSequence"]
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    must(world.call("close_pot"))
    world.open()
    assert world.pot()["nextSequence"] > last
    assert world.pot()["nextSequence"] == kit.START_SLOT + 1 << 20
    assert world.send(old).code == kit.ERRORS["SequenceUsed"]


def test_a_pot_can_be_closed_and_opened_again_in_one_transaction() -> None:
    """It is a new one, with numbers of its own, and nothing of the old one is left in it."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=5))
    must(world.call("withdraw", amount=5))
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    second = kit.key("second vault").pubkey()
    world.put_tokens(second, kit.pot_address(CAMPAIGN))
    must(world.send(world.instruction("close_pot"), world.instruction("initialize_pot", vault=second)))
    pot = world.pot()
    assert (pot["totalFunded"], pot["vault"]) == (0, bytes(second))
    assert {entry["kind"] for entry in pot["ring"]} == {0}


def test_a_pot_with_as_many_movements_as_a_slot_has_numbers_waits_to_be_closed() -> None:
    """Its next number has reached the slot's own: opened again now, it could repeat one."""
    world = PotWorld()
    world.open()
    address = kit.pot_address(CAMPAIGN)
    data = bytearray(world.runtime.data(address))
    data[296:304] = (kit.START_SLOT + 1 << 20).to_bytes(8, "little")
    world.runtime.put(address, kit.PROGRAM, bytes(data))
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    assert world.call("close_pot").code == kit.ERRORS["TooSoon"]
    world.runtime.set_clock(slot=kit.START_SLOT + 2)
    must(world.call("close_pot"))


def test_lamports_sent_after_the_close_make_no_pot() -> None:
    """Kept alive in the same transaction, the account is an ordinary, empty one."""
    world = PotWorld()
    world.open()
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    gift = kit.send_lamports(world.address("payer"), kit.pot_address(CAMPAIGN), 10**9)
    must(world.send(world.instruction("close_pot"), gift))
    account = world.runtime.svm.get_account(kit.pot_address(CAMPAIGN))
    assert account is not None
    assert (account.owner, bytes(account.data)) == (kit.SYSTEM, b"")
    assert world.call("fund_campaign_pot", sequence=0).code == kit.ERRORS["NotAPot"]
