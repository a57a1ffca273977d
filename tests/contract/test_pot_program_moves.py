"""What the pot program does when everything is right: pots are funded, settled and emptied, and remember."""

import hashlib
import struct

from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, CAP, OTHER, PotWorld, must

FUND, SETTLE, WITHDRAW = 1, 2, 3


def history(pot: bytes, first: int, *movements: tuple[int, int, bytes, int]) -> bytes:
    """Reckon the running hash of (sequence, kind, id, amount), as the documents say."""
    running = hashlib.sha256(b"headgate pot" + pot + struct.pack("<Q", first)).digest()
    for sequence, kind, identity, amount in movements:
        moved = struct.pack("<QB", sequence, kind) + identity + struct.pack("<Q", amount)
        running = hashlib.sha256(running + moved).digest()
    return running


def test_a_config_names_the_admin_and_the_mint() -> None:
    """The one record that all pots hang on."""
    world = PotWorld()
    data = world.runtime.data(kit.config_address())
    assert data[8:40] == bytes(world.address("admin"))
    assert data[40:72] == bytes(world.mint)
    assert len(data) == 73


def test_a_new_pot_is_empty_and_says_who_may_do_what() -> None:
    """Every field of a new pot, and its account's size."""
    world = PotWorld()
    pot = world.pot(world.open())
    first = kit.START_SLOT << 20
    roles = {name: pot[name] for name in ("authority", "funder", "spender")}
    assert roles == {name: bytes(world.address(name)) for name in roles}
    assert pot["mint"] == bytes(world.mint)
    assert pot["vault"] == bytes(world.vault())
    assert pot["campaignId"] == CAMPAIGN
    assert (pot["dailyCap"], pot["nextSequence"], pot["paused"]) == (CAP, first, 0)
    assert pot["history"] == history(bytes(kit.pot_address(CAMPAIGN)), first)
    empty = {"sequence": 0, "kind": 0, "id": bytes(32), "amount": 0, "slot": 0}
    assert pot["ring"] == [empty] * 32
    assert len(world.runtime.data(kit.pot_address(CAMPAIGN))) == 2162


def test_money_goes_in_is_settled_and_comes_back() -> None:
    """One movement of each kind: tokens, totals, ring and history tell the same."""
    world = PotWorld()
    world.open()
    first = world.pot()["nextSequence"]
    ids = [bytes([number]) * 32 for number in (1, 2, 3)]
    must(world.call("fund_campaign_pot", amount=100, movement_id=ids[0]))
    must(world.call("settle", amount=30, movement_id=ids[1]))
    must(world.call("withdraw", amount=20, movement_id=ids[2]))
    pot = world.pot()
    assert world.runtime.tokens(world.vault()) == 50
    assert world.runtime.tokens(world.token("spender")) == 30
    assert world.runtime.tokens(world.token("authority")) == 20
    assert [pot[f"total{what}"] for what in ("Funded", "Settled", "Withdrawn")] == [100, 30, 20]
    assert (pot["day"], pot["dayFunded"]) == (world.day(), 100)
    assert (pot["spentDay"], pot["daySpent"]) == (world.day(), 30)
    moved = [(first, FUND, ids[0], 100), (first + 1, SETTLE, ids[1], 30), (first + 2, WITHDRAW, ids[2], 20)]
    seen = [tuple(entry[name] for name in ("sequence", "kind", "id", "amount")) for entry in pot["ring"]]
    assert [seen[entry[0] % 32] for entry in moved] == moved
    assert {entry["slot"] for entry in pot["ring"] if entry["kind"]} == {kit.START_SLOT}
    assert pot["nextSequence"] == first + 3
    assert pot["history"] == history(bytes(kit.pot_address(CAMPAIGN)), first, *moved)


def test_the_ring_keeps_the_last_32_movements() -> None:
    """The 33rd takes the place of the first; the history still holds them all."""
    world = PotWorld()
    world.open()
    first = world.pot()["nextSequence"]
    for _ in range(33):
        must(world.call("fund_campaign_pot"))
    kept = sorted(entry["sequence"] for entry in world.pot()["ring"])
    assert kept == list(range(first + 1, first + 33))


def test_a_batch_funds_many_pots_at_once() -> None:
    """Two pots, one of them twice, each with a number of its own."""
    world = PotWorld()
    world.open()
    world.open(OTHER)
    must(world.send(world.batch((CAMPAIGN, 5), (OTHER, 7), (CAMPAIGN, 11))))
    assert world.runtime.tokens(world.vault()) == 16
    assert world.runtime.tokens(world.vault(OTHER)) == 7
    assert world.pot()["totalFunded"] == 16
    assert world.pot(OTHER)["totalFunded"] == 7


def test_a_batch_takes_sixteen() -> None:
    """As many as the program has room for."""
    world = PotWorld()
    world.open()
    must(world.send(world.batch(*[(CAMPAIGN, 1)] * 16)))
    assert world.pot()["totalFunded"] == 16


def test_a_day_that_is_over_makes_room_under_the_cap() -> None:
    """What was funded yesterday counts no more."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=CAP))
    world.runtime.set_clock(seconds=kit.START_SECONDS + kit.DAY_SECONDS)
    must(world.call("fund_campaign_pot", amount=CAP))
    assert world.pot()["dayFunded"] == CAP
    assert world.pot()["totalFunded"] == 2 * CAP


def test_the_newest_day_of_spend_is_kept() -> None:
    """A day that is settled late counts in the totals only."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=100))
    today = world.day()
    for day, amount in ((today - 1, 1), (today, 10), (today - 1, 2), (today, 20)):
        must(world.call("settle", day=day, amount=amount))
    pot = world.pot()
    assert (pot["spentDay"], pot["daySpent"], pot["totalSettled"]) == (today, 30, 33)


def test_settling_and_withdrawing_go_on_while_a_pot_is_paused() -> None:
    """A pause stops what goes in, not what was spent already."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=100))
    must(world.call("pause_pot"))
    must(world.call("settle", amount=30))
    must(world.call("withdraw", amount=70))
    assert world.runtime.tokens(world.vault()) == 0
