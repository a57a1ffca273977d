"""That our client reads and calls the program as its IDL has it, by anchorpy and the program itself."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from anchorpy import Idl, Program, Provider, Wallet
from solana.rpc.async_api import AsyncClient
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from chain.addresses import config_address, pot_address, program_data_address, vault_address
from chain.instructions import Move, PotKeys, PotProgram
from chain.ports import AccountSeen
from chain.pot import (
    POT_BYTES,
    Movement,
    first_history,
    following_history,
    read_config,
    read_pot,
)
from chain.program.generate import IDL_FILE
from chain.refusals import program_errors, read_refusal
from tests import pot_kit as kit
from tests.pot_world import CAMPAIGN, PotWorld, must

ID = bytes(range(32))


@pytest.fixture(scope="module")
def theirs() -> Iterator[Any]:
    """Give anchorpy's view of the program; it never speaks to its endpoint."""
    client = AsyncClient("http://127.0.0.1:1")
    idl = Idl.from_json(IDL_FILE.read_text("utf-8"))
    yield Program(idl, kit.PROGRAM, Provider(client, Wallet(kit.key("payer"))))
    asyncio.run(client.close())


@pytest.fixture
def world() -> PotWorld:
    """Give a pot in which things have moved, one of which by hand."""
    made = PotWorld()
    made.open()
    for amount in range(1, 36):
        must(made.call("fund_campaign_pot", amount=amount))
    must(made.call("settle", amount=7, day=kit.START_SECONDS // kit.DAY_SECONDS))
    must(made.call("withdraw", amount=5))
    must(made.call("pause_pot"))
    return made


def seen(world: PotWorld, address: Pubkey) -> AccountSeen:
    """Give an account as the client is told of it."""
    return AccountSeen(kit.PROGRAM, 1, world.runtime.data(address))


def test_a_pot_is_read_as_anchorpy_reads_it(world: PotWorld, theirs: Any) -> None:  # noqa: ANN401 - anchorpy's own types
    """Every field, and the whole ring."""
    account = seen(world, kit.pot_address(CAMPAIGN))
    ours, told = read_pot(account, kit.PROGRAM, CAMPAIGN), theirs.coder.accounts.decode(account.data)
    assert len(account.data) == POT_BYTES == 2162
    pairs = {
        "authority": told.authority, "pending_authority": told.pending_authority, "funder": told.funder,
        "spender": told.spender, "mint": told.mint, "vault": told.vault,
        "campaign_id": bytes(told.campaign_id), "daily_cap_micro_usdc": told.daily_cap,
        "cap_day": told.day, "cap_used_micro_usdc": told.day_funded, "spent_day": told.spent_day,
        "spent_micro_usdc": told.day_spent, "funded_micro_usdc": told.total_funded,
        "settled_micro_usdc": told.total_settled, "withdrawn_micro_usdc": told.total_withdrawn,
        "next_sequence": told.next_sequence, "history": bytes(told.history), "paused": told.paused,
        "bump": told.bump,
    }  # fmt: skip
    assert {name: getattr(ours, name) for name in pairs} == pairs
    assert set(pairs) | {"ring"} == set(ours.__struct_fields__)
    names = {1: "fund", 2: "settle", 3: "withdraw"}
    assert list(ours.ring) == [
        Movement(one.sequence, names[one.kind], bytes(one.id), one.amount, one.slot)  # type: ignore[arg-type]  # one of the three
        for one in told.ring
    ]


def test_the_history_is_computed_as_the_program_computes_it(world: PotWorld) -> None:
    """From the first number on, over all that the ring has, after what it has forgotten."""
    address = kit.pot_address(CAMPAIGN)
    made = PotWorld()
    made.open()
    empty = read_pot(seen(made, address), kit.PROGRAM)
    assert empty.history == first_history(address, empty.next_sequence)
    assert empty.remembered() == []
    for amount in range(1, 21):
        must(made.call("fund_campaign_pot", amount=amount))
    moved = read_pot(seen(made, address), kit.PROGRAM)
    history = empty.history
    for one in moved.remembered():
        history = following_history(history, one)
    assert history == moved.history
    assert len(read_pot(seen(world, address), kit.PROGRAM).remembered()) == 32


def test_the_config_is_read(world: PotWorld) -> None:
    """Who opens pots, and of which mint they are."""
    config = read_config(seen(world, config_address(kit.PROGRAM)), kit.PROGRAM)
    assert (config.admin, config.mint) == (world.address("admin"), world.mint)


def test_addresses_are_those_of_the_seeds() -> None:
    """As the program and the loaders derive them."""
    mint = kit.key("mint").pubkey()
    assert config_address(kit.PROGRAM) == kit.config_address()
    assert pot_address(kit.PROGRAM, CAMPAIGN) == kit.pot_address(CAMPAIGN)
    assert program_data_address(kit.PROGRAM) == kit.program_data()
    assert vault_address(kit.pot_address(CAMPAIGN), mint) == kit.token_address(
        kit.pot_address(CAMPAIGN), mint
    )


def built(world: PotWorld) -> dict[str, tuple[Instruction, dict[str, Any]]]:
    """Give each instruction as our builders make it, with what else the IDL's builder is told."""
    ours = PotProgram(kit.PROGRAM, world.mint)
    at = world.address
    keys = PotKeys(at("authority"), at("funder"), at("spender"))
    move = Move(CAMPAIGN, 77, ID, 5)
    moves = {"amount": 5, "sequence": 77, "movement_id": ID}
    authority = at("authority")
    return {
        "initialize": (
            ours.initialize(at("payer"), at("upgrade"), at("admin")), {"admin": at("admin")},
        ),
        "initialize_pot": (
            ours.initialize_pot(at("admin"), at("payer"), CAMPAIGN, keys, 9), {"daily_cap": 9},
        ),
        "fund_campaign_pot": (ours.fund(at("funder"), world.token("funder"), move), moves),
        "settle": (
            ours.settle(at("spender"), world.token("spender"), move, 3), {**moves, "day": 3},
        ),
        "withdraw": (ours.withdraw(authority, world.token("authority"), move), moves),
        "pause_pot": (ours.pause(at("funder"), CAMPAIGN), {"signer": at("funder")}),
        "resume_pot": (ours.resume(authority, CAMPAIGN), {"signer": authority}),
        "set_daily_cap": (ours.set_daily_cap(authority, CAMPAIGN, 9), {"daily_cap": 9}),
        "set_keys": (
            ours.set_keys(authority, CAMPAIGN, at("heir"), at("stranger")),
            {"funder": at("heir"), "spender": at("stranger")},
        ),
        "set_authority": (
            ours.set_authority(authority, CAMPAIGN, at("heir")), {"new_authority": at("heir")},
        ),
        "accept_authority": (
            ours.accept_authority(at("heir"), CAMPAIGN), {"new_authority": at("heir")},
        ),
        "close_pot": (ours.close(authority, CAMPAIGN), {}),
    }  # fmt: skip


def test_each_instruction_is_the_idls(world: PotWorld) -> None:
    """Data and accounts, with who signs and what changes; the batch is held to the program below."""
    made = built(world)
    assert {*made, "fund_campaign_pots"} == set(kit.INSTRUCTIONS)
    for name, (ours, told) in made.items():
        reference = world.instruction(name, **told)
        assert bytes(ours.data) == bytes(reference.data), name
        assert ours.accounts == reference.accounts, name


def test_a_batch_moves_what_it_says_in_the_program_itself() -> None:
    """Two numbers of one pot and one of another, in one instruction."""
    world = PotWorld()
    other = world.open(bytes(32))
    world.open()
    program = PotProgram(kit.PROGRAM, world.mint)
    first = {
        one: read_pot(seen(world, kit.pot_address(one)), kit.PROGRAM).next_sequence
        for one in (CAMPAIGN, other)
    }
    moves = [
        Move(CAMPAIGN, first[CAMPAIGN], ID, 5),
        Move(other, first[other], ID, 6),
        Move(CAMPAIGN, first[CAMPAIGN] + 1, bytes(32), 7),
    ]
    must(world.send(program.fund_many(world.address("funder"), world.token("funder"), moves)))
    pot = read_pot(seen(world, kit.pot_address(CAMPAIGN)), kit.PROGRAM)
    found = [pot.find(first[CAMPAIGN] + number) for number in range(3)]
    assert [one and (one.amount_micro_usdc, one.id) for one in found] == [(5, ID), (7, bytes(32)), None]


def test_every_error_of_the_program_has_its_name() -> None:
    """As the IDL has them, from the text that endpoints tell."""
    assert {name: code for code, (name, _) in program_errors().items()} == kit.ERRORS
    refusal = read_refusal('{"InstructionError":[2,{"Custom":6017}]}')
    assert (refusal.instruction, refusal.code, refusal.name) == (2, 6017, "PotPaused")
    assert refusal.words == "instruction 2: the pot is paused (6017)"
