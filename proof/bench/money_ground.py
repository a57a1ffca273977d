"""A local chain with many pots, made at once in its folder and then served by the role's own process."""

from __future__ import annotations

import shutil
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Self

from solders.token import ID as TOKEN_PROGRAM
from spl.token.instructions import MintToParams, create_associated_token_account, mint_to

from chain.addresses import seed_of, treasury_address
from chain.instructions import PotKeys, PotProgram
from chain.localnet.folder import open_chain
from chain.place import find_place
from chain.program.build import PROGRAM_FILE
from infra.world_time import WorldTime
from proof.path.crew import Crew
from proof.treasury.beginning import submit, token_account
from proof.treasury.chaos.world import MoneyTerms, MoneyWorld

if TYPE_CHECKING:
    from pathlib import Path

    from solders.instruction import Instruction
    from solders.keypair import Keypair

    from chain.localnet.chain import LocalChain
    from chain.place import Place
    from events.types import TableMade

CAP_MICRO_USDC: Final = 10**12
TREASURY_MICRO_USDC: Final = 10**12
TRANSACTIONS_A_SLOT: Final = 400
FINAL_SLOTS: Final = 31
NO_BROKER: Final = "127.0.0.1:1"


class MoneyGround:
    """So many pots for each of so many clients, on a chain in a process of its own."""

    def __init__(self, folder: Path, clients: int, pots_each: int, slot_ms: int) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        terms = MoneyTerms(slot_ms=slot_ms, final_slots=FINAL_SLOTS, pause_ms=0)
        self.world = MoneyWorld(folder, terms, NO_BROKER, WorldTime())
        self.clients = [f"client-{number}" for number in range(clients)]
        self.pots = {
            client: [sha256(f"{client}/{number}".encode()).digest() for number in range(pots_each)]
            for client in self.clients
        }
        self.next_sequence: dict[bytes, int] = {}
        self.tables: dict[str, list[TableMade]] = {client: [] for client in self.clients}
        """Lookup tables that were made."""
        self._crew = Crew(self.world, {"localnet": ("localnet",)})

    def __enter__(self) -> Self:
        """Make the chain, and serve it."""
        folder = self.world.folder / "localnet"
        folder.mkdir(parents=True)
        local = open_chain(folder, PROGRAM_FILE, self.world.time.now_ms, final_blocks=FINAL_SLOTS)
        self._fill(local)
        local.close()
        self._crew.start("localnet")
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave no process behind."""
        self._crew.close()
        shutil.rmtree(self.world.folder, ignore_errors=True)

    @property
    def place(self) -> Place:
        """The chain as the product finds it."""
        return find_place(self.world.settings)

    def _fill(self, local: LocalChain) -> None:
        keys, done = local.genesis, 0
        program = PotProgram(keys.program, keys.usdc_mint)
        authority, funder, faucet = keys.authority, keys.funder, keys.faucet
        admin, mint = authority.pubkey(), keys.usdc_mint

        def land(instructions: list[Instruction], signer: Keypair) -> None:
            nonlocal done
            error = submit(local, instructions, [signer])
            if error is not None:
                raise RuntimeError(f"the ground could not be laid: {error}")
            done += 1
            if done % TRANSACTIONS_A_SLOT == 0:
                local.advance()

        local.advance(2)
        land([program.initialize(admin, admin, admin)], authority)
        holders = PotKeys(admin, funder.pubkey(), keys.spender.pubkey())
        for client, ids in self.pots.items():
            land(token_account(funder.pubkey(), seed_of(client), mint), funder)
            treasury = treasury_address(funder.pubkey(), client)
            given = MintToParams(TOKEN_PROGRAM, mint, treasury, faucet.pubkey(), TREASURY_MICRO_USDC)
            land([mint_to(given)], faucet)
            for id_ in ids:
                self.next_sequence[id_] = local.slot << 20
                vault = create_associated_token_account(admin, program.pot(id_), mint)
                opened = program.initialize_pot(admin, admin, id_, holders, CAP_MICRO_USDC)
                land([vault, opened], authority)
        local.advance(2 * FINAL_SLOTS)
