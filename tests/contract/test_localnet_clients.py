"""Solana's own Python client, unmodified, does its ordinary work against the local chain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed, Finalized, Processed
from solana.rpc.core import RPCException
from solana.rpc.types import DataSliceOpts, MemcmpOpts, TokenAccountOpts, TxOpts
from solders.keypair import Keypair
from solders.message import Message
from solders.signature import Signature
from solders.system_program import TransferParams, transfer
from solders.token import ID as TOKEN_PROGRAM
from solders.transaction import Transaction
from spl.token.async_client import AsyncToken

from tests.localnet_kit import USDC, fresh_chain, served

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chain.localnet.chain import LocalChain

ANYBODY = Keypair.from_seed(bytes([9] * 32))
SENT = TxOpts(skip_confirmation=False, preflight_commitment=Confirmed)


def run(play: Callable[[AsyncClient, LocalChain], Awaitable[None]]) -> None:
    """Serve a chain, and play with a client of it."""

    async def playing() -> None:
        chain = fresh_chain()
        async with served(chain) as server, AsyncClient(server.url, commitment=Confirmed) as client:
            await play(client, chain)

    asyncio.run(playing())


async def paid(client: AsyncClient, payer: Keypair, lamports: int) -> Transaction:
    """Return a signed transfer to anybody."""
    recent = (await client.get_latest_blockhash()).value
    instruction = transfer(
        TransferParams(from_pubkey=payer.pubkey(), to_pubkey=ANYBODY.pubkey(), lamports=lamports)
    )
    message = Message.new_with_blockhash([instruction], payer.pubkey(), recent.blockhash)
    return Transaction([payer], message, recent.blockhash)


def test_a_client_finds_its_way_about() -> None:
    """Health, versions, heights, hashes and rents are answered in the forms that the client reads."""

    async def play(client: AsyncClient, chain: LocalChain) -> None:
        assert await client.is_connected()
        assert "headgate" in (await client.get_version()).value.solana_core
        height = (await client.get_block_height(Processed)).value
        assert height <= (await client.get_slot(Processed)).value
        assert (await client.get_epoch_info()).value.slots_in_epoch == 432_000
        assert str((await client.get_genesis_hash()).value) == chain.genesis_hash
        recent = (await client.get_latest_blockhash()).value
        assert recent.last_valid_block_height >= 150
        assert (await client.get_minimum_balance_for_rent_exemption(165)).value == 2_039_280
        assert (await client.get_block_time(0)).value == 1_795_262_400

    run(play)


def test_a_client_sends_confirms_and_looks_back() -> None:
    """A transfer is sent and confirmed by polling, found in history, and read in each encoding."""

    async def play(client: AsyncClient, chain: LocalChain) -> None:
        payer = chain.genesis.funder
        signature = (await client.send_transaction(await paid(client, payer, 10**9), SENT)).value
        assert (await client.get_balance(ANYBODY.pubkey())).value == 10**9
        listed = (await client.get_signatures_for_address(ANYBODY.pubkey())).value
        assert [one.signature for one in listed] == [signature]
        for encoding in ("json", "jsonParsed", "base64", "base58"):
            told = (await client.get_transaction(signature, encoding)).value
            assert told is not None
            assert told.transaction.meta is not None
            assert told.transaction.meta.fee == 5_000
        await client.confirm_transaction(signature, Finalized, sleep_seconds=0.02)
        statuses = await client.get_signature_statuses([signature, Signature.default()])
        assert statuses.value[0] is not None
        assert statuses.value[1] is None

    run(play)


def test_a_client_is_told_why_something_is_refused() -> None:
    """The trial before sending refuses in the client's own exceptions, with the program's logs."""

    async def play(client: AsyncClient, chain: LocalChain) -> None:
        payer = chain.genesis.funder
        with pytest.raises(RPCException, match="custom program error: 0x1"):
            await client.send_transaction(await paid(client, payer, 10**18), SENT)
        known = await paid(client, payer, 10**9)
        await client.send_transaction(known, SENT)
        with pytest.raises(RPCException, match="already been processed"):
            await client.send_transaction(known, SENT)
        simulated = (await client.simulate_transaction(await paid(client, payer, 5 * 10**9))).value
        assert simulated.err is None
        assert simulated.units_consumed == 150

    run(play)


def test_a_fee_is_told_before_it_is_paid() -> None:
    """The fee for a message is what the transaction then costs."""

    async def play(client: AsyncClient, chain: LocalChain) -> None:
        known = await paid(client, chain.genesis.funder, 10**9)
        assert (await client.get_fee_for_message(known.message)).value == 5_000

    run(play)


def test_an_airdrop_comes_as_it_does_elsewhere() -> None:
    """SOL is given for the asking, twice too."""

    async def play(client: AsyncClient, _chain: LocalChain) -> None:
        for _ in range(2):
            signature = (await client.request_airdrop(ANYBODY.pubkey(), 10**9)).value
            await client.confirm_transaction(signature, Confirmed, sleep_seconds=0.02)
        assert (await client.get_balance(ANYBODY.pubkey())).value == 2 * 10**9

    run(play)


def test_the_token_library_works() -> None:
    """A mint is made, accounts too, tokens are minted, transferred, counted and found by owner."""

    async def play(client: AsyncClient, chain: LocalChain) -> None:
        payer = chain.genesis.funder
        token = await AsyncToken.create_mint(client, payer, payer.pubkey(), 6, TOKEN_PROGRAM)
        mine = await token.create_associated_token_account(payer.pubkey())
        theirs = await token.create_associated_token_account(ANYBODY.pubkey())
        minted = TxOpts(skip_confirmation=False, preflight_commitment=Confirmed)
        await token.mint_to(mine, payer, 10 * USDC, opts=minted)
        await token.transfer(mine, theirs, payer, 4 * USDC, opts=minted)
        assert (await token.get_balance(theirs)).value.amount == str(4 * USDC)
        assert (await client.get_token_supply(token.pubkey)).value.ui_amount_string == "10"
        wanted = TokenAccountOpts(mint=token.pubkey)
        owned = (await client.get_token_accounts_by_owner(ANYBODY.pubkey(), wanted)).value
        assert [one.pubkey for one in owned] == [theirs]
        parsed = await client.get_token_accounts_by_owner_json_parsed(ANYBODY.pubkey(), wanted)
        assert parsed.value[0].account.data.parsed["info"]["tokenAmount"]["uiAmountString"] == "4"

    run(play)


def test_accounts_are_listed_by_program_and_filtered() -> None:
    """Filters by size and bytes, slices and parsed forms give what a node gives."""

    async def play(client: AsyncClient, chain: LocalChain) -> None:
        chain.call("headgate_requestUsdc", [str(ANYBODY.pubkey()), 3 * USDC])
        await client.confirm_transaction(
            (await client.request_airdrop(ANYBODY.pubkey(), 10**9)).value, Confirmed, sleep_seconds=0.02
        )
        filters = [165, MemcmpOpts(offset=32, bytes=str(ANYBODY.pubkey()))]
        found = (
            await client.get_program_accounts(
                TOKEN_PROGRAM, encoding="base64", data_slice=DataSliceOpts(64, 8), filters=filters
            )
        ).value
        assert [int.from_bytes(one.account.data, "little") for one in found] == [3 * USDC]
        mint = chain.genesis.usdc_mint
        many = (await client.get_multiple_accounts([mint, Keypair.from_seed(bytes(32)).pubkey()])).value
        assert many[0] is not None
        assert many[1] is None
        parsed = (await client.get_account_info_json_parsed(mint)).value
        assert parsed is not None
        assert parsed.data.parsed["info"]["decimals"] == 6

    run(play)
