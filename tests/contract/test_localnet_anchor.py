"""anchorpy, unmodified, calls the real pot program on the local chain over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from anchorpy import Context, EventParser, Idl, Program, Provider, Wallet
from anchorpy.error import ProgramError
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed
from solana.rpc.types import MemcmpOpts, TxOpts
from solders.token import ID as TOKEN_PROGRAM

from chain.addresses import vault_address
from chain.program.generate import IDL_FILE
from tests.localnet_kit import USDC, Pots, fresh_chain, served, with_pots

if TYPE_CHECKING:
    from solders.pubkey import Pubkey

CAMPAIGN = bytes(range(32))
SENT = TxOpts(skip_confirmation=False, preflight_commitment=Confirmed)


def accounts_of(pots: Pots) -> dict[str, Pubkey]:
    """Return the accounts of a funding, by the names of the IDL."""
    pot = pots.program.pot(CAMPAIGN)
    return {
        "funder": pots.chain.genesis.funder.pubkey(),
        "campaign_pot": pot,
        "usdc_mint": pots.program.mint,
        "token_program": TOKEN_PROGRAM,
        "funder_token": pots.treasury,
        "vault": vault_address(pot, pots.program.mint),
    }


async def fund(program: Any, pots: Pots, amount: int, sequence: int) -> Any:  # noqa: ANN401 - anchorpy's own types
    """Fund the pot by the program's own call."""
    call = program.rpc["fund_campaign_pot"]
    context = Context(accounts=accounts_of(pots))
    return await call(list(CAMPAIGN), amount, sequence, [7] * 32, ctx=context)


def test_the_program_is_driven_by_its_idl() -> None:
    """A funding is called, confirmed, its pot fetched and searched, its event read, a repetition refused."""

    async def play() -> None:
        chain = fresh_chain()
        pots = with_pots(chain)
        pot = pots.open(CAMPAIGN)
        chain.advance(40)
        async with served(chain) as server, AsyncClient(server.url, commitment=Confirmed) as client:
            provider = Provider(client, Wallet(chain.genesis.funder), SENT)
            program = Program(Idl.from_json(IDL_FILE.read_text("utf-8")), pots.program.address, provider)
            fresh = await program.account["CampaignPot"].fetch(pot)
            signature = await fund(program, pots, 25 * USDC, fresh.next_sequence)
            funded = await program.account["CampaignPot"].fetch(pot)
            assert (funded.total_funded, funded.next_sequence) == (25 * USDC, fresh.next_sequence + 1)
            with pytest.raises(ProgramError) as refused:
                await fund(program, pots, 25 * USDC, fresh.next_sequence)
            assert refused.value.code == 6014
            by_campaign = [MemcmpOpts(offset=8 + 6 * 32, bytes=str(type(pot)(CAMPAIGN)))]
            found = await program.account["CampaignPot"].all(filters=by_campaign)
            assert [one.public_key for one in found] == [pot]
            told = (await client.get_transaction(signature)).value
            assert told is not None
            assert told.transaction.meta is not None
            events: list[Any] = []
            EventParser(program.program_id, program.coder).parse_logs(
                told.transaction.meta.log_messages, events.append
            )
            assert [(event.name, event.data.amount) for event in events] == [("PotFunded", 25 * USDC)]

    asyncio.run(play())
