"""That anchorpy, unmodified, drives the program by its IDL: calls, accounts, events and errors."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from anchorpy import Context, EventParser, Idl, Program, Provider, Wallet
from anchorpy.error import LangErrorMessage
from solana.rpc.async_api import AsyncClient

from chain.program.generate import IDL_FILE, snake
from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, CAP, OTHER, PotWorld, must


@pytest.fixture(scope="module")
def program() -> Iterator[Any]:
    """Give anchorpy's view of the program; it never speaks to its endpoint."""
    client = AsyncClient("http://127.0.0.1:1")
    yield Program(
        Idl.from_json(IDL_FILE.read_text("utf-8")), kit.PROGRAM, Provider(client, Wallet(kit.key("payer")))
    )
    asyncio.run(client.close())


def events(program: Any, result: kit.Result) -> list[Any]:  # noqa: ANN401 - anchorpy's own types
    """Give what anchorpy reads from a transaction's logs."""
    found: list[Any] = []
    EventParser(kit.PROGRAM, program.coder).parse_logs(list(must(result).logs), found.append)
    return found


def test_a_call_is_built_by_its_name(program: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """To the same bytes and accounts as our own builder gives."""
    world = PotWorld()
    world.open()
    ours = world.instruction("fund_campaign_pot", amount=5, sequence=7, movement_id=bytes(32))
    names = ("funder", "campaign_pot", "usdc_mint", "token_program", "funder_token", "vault")
    accounts = {name: world.values(CAMPAIGN)[name] for name in names}
    theirs = program.instruction["fund_campaign_pot"](
        list(CAMPAIGN), 5, 7, list(bytes(32)), ctx=Context(accounts=accounts)
    )
    assert (bytes(theirs.data), theirs.accounts) == (bytes(ours.data), ours.accounts)


def test_an_account_is_decoded(program: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """Pot and config, with every field in its place."""
    world = PotWorld()
    world.open()
    must(world.call("fund_campaign_pot", amount=5))
    pot = program.coder.accounts.decode(world.runtime.data(kit.pot_address(CAMPAIGN)))
    ours = world.pot()
    assert (pot.authority, pot.vault) == (world.address("authority"), world.vault())
    assert (pot.daily_cap, pot.total_funded, pot.next_sequence) == (CAP, 5, ours["nextSequence"])
    movement = pot.ring[(pot.next_sequence - 1) % 32]
    assert (movement.kind, movement.amount, movement.slot) == (1, 5, kit.START_SLOT)
    assert bytes(pot.history) == ours["history"]
    config = program.coder.accounts.decode(world.runtime.data(kit.config_address()))
    assert (config.admin, config.mint) == (world.address("admin"), world.mint)


LIFE: list[tuple[str, dict[str, Any]]] = [
    ("fund_campaign_pot", {"amount": 9}),
    ("settle", {"amount": 4}),
    ("withdraw", {"amount": 5}),
    ("pause_pot", {"signer": kit.key("authority").pubkey()}),
    ("resume_pot", {"signer": kit.key("authority").pubkey()}),
    ("set_daily_cap", {"daily_cap": 3}),
    ("set_keys", {"funder": kit.key("heir").pubkey()}),
    ("set_authority", {}),
    ("accept_authority", {}),
]


def told(program: Any, world: PotWorld) -> dict[str, Any]:  # noqa: ANN401 - anchorpy's own types
    """Lead a pot's whole life but its close, and give each event that was told, by its name."""
    world.put_tokens(world.vault(), kit.pot_address(CAMPAIGN))
    steps: list[tuple[str, dict[str, Any]]] = [("initialize", {}), ("initialize_pot", {}), *LIFE]
    seen = [event for name, changed in steps for event in events(program, world.call(name, **changed))]
    return {event.name: event.data for event in seen}


def test_each_event_is_read_from_the_log(program: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """One of each, by a pot's whole life; the close tells the last number and history."""
    world = PotWorld(is_set_up=False)
    by_name = told(program, world)
    last = world.pot()
    world.runtime.set_clock(slot=kit.START_SLOT + 1)
    (closed,) = events(program, world.call("close_pot", authority=world.address("heir")))
    assert {*by_name, closed.name} == {event["name"] for event in kit.IDL["events"]}
    pots = [data.pot for name, data in by_name.items() if name != "ConfigInitialized"]
    assert {*pots, closed.data.pot} == {kit.pot_address(CAMPAIGN)}
    assert (closed.data.next_sequence, bytes(closed.data.history)) == (last["nextSequence"], last["history"])
    assert bytes(by_name["PotWithdrawn"].history) == last["history"]


def test_each_event_says_what_was_done(program: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """Amounts, roles, limits and pauses."""
    world = PotWorld(is_set_up=False)
    by_name = told(program, world)
    opened, heir = by_name["PotInitialized"], world.address("heir")
    assert (opened.daily_cap, opened.first_sequence) == (CAP, kit.START_SLOT << 20)
    assert [by_name[f"Pot{what}"].total for what in ("Funded", "Settled", "Withdrawn")] == [9, 4, 5]
    assert (by_name["PotPaused"].paused, by_name["PotPaused"].by) == (2, world.address("authority"))
    assert by_name["PotResumed"].paused == 0
    assert by_name["DailyCapSet"].daily_cap == 3
    assert (by_name["KeysSet"].funder, by_name["KeysSet"].spender) == (heir, world.address("spender"))
    assert by_name["AuthorityProposed"].new_authority == by_name["AuthoritySet"].authority == heir
    assert by_name["ConfigInitialized"].mint == world.mint


def test_a_batch_says_each_of_its_fundings(program: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """In their order, each with its pot."""
    world = PotWorld()
    world.open()
    world.open(OTHER)
    said = events(program, world.send(world.batch((CAMPAIGN, 1), (OTHER, 2), (CAMPAIGN, 3))))
    wanted = [
        (kit.pot_address(CAMPAIGN), 1),
        (kit.pot_address(OTHER), 2),
        (kit.pot_address(CAMPAIGN), 3),
    ]
    assert [(event.data.pot, event.data.amount) for event in said] == wanted


def test_a_refusal_has_words(program: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """Ours by the IDL, and Anchor's own by anchorpy."""
    assert {error.code: error.msg for error in program.idl.errors} == {
        error["code"]: error["msg"] for error in kit.IDL["errors"]
    }
    assert {100, 101, 2000, 3010} <= LangErrorMessage.keys()


def test_the_idl_names_every_instruction_that_anchorpy_offers(program: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """By its name in snake case, as a caller writes it."""
    assert set(program.rpc) == {snake(entry["name"]) for entry in kit.IDL["instructions"]}
