"""Pots of ours, a thief with a pot of its own, and everything that either might put into an instruction."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from tests import pot_kit as kit
from tests.pot_world import CAP, PotWorld, must

if TYPE_CHECKING:
    from solders.pubkey import Pubkey

VICTIMS: Final = tuple(hashlib.sha256(f"victim {number}".encode()).digest() for number in range(2))
OWN: Final = hashlib.sha256(b"the thief's own").digest()
CAMPAIGNS: Final = (*VICTIMS, OWN)
THIEF: Final = "stranger"
OURS: Final = ("admin", "authority", "funder", "spender", "heir")
AMOUNT: Final = 10 * kit.USDC
CLIENTS_TREASURY: Final = 10**12


class BrokenRuleError(Exception):
    """The program has let through what it must not, or refuses what it must let through."""


class Scene:
    """The world before each mutated transaction, with a pool of accounts to draw from."""

    def __init__(self, library: bytes | None = None) -> None:
        self.world: Final = PotWorld(library)
        world = self.world
        world.put_tokens(world.token("funder"), world.address("funder"), CLIENTS_TREASURY)
        world.put_tokens(world.token(THIEF), world.address(THIEF), CLIENTS_TREASURY)
        for campaign in VICTIMS:
            world.open(campaign)
            must(world.call("fund_campaign_pot", campaign, amount=AMOUNT))
        world.put_tokens(world.vault(OWN), kit.pot_address(OWN))
        thief = world.address(THIEF)
        must(world.call("initialize_pot", OWN, authority=thief, funder=thief, spender=thief))
        self.pots: Final = {campaign: kit.pot_address(campaign) for campaign in CAMPAIGNS}
        self.vaults: Final = {campaign: world.vault(campaign) for campaign in CAMPAIGNS}
        self.pool: Final = (*self._real(), *self._forged())
        also = [address for address in self.pool if self._is_of_our_mint(address)]
        roles = [world.token(role) for role in (*OURS, THIEF)]
        self.tokens: Final = tuple(dict.fromkeys([*roles, *self.vaults.values(), *also]))

    def _real(self) -> list[Pubkey]:
        world = self.world
        programs = [kit.SYSTEM, kit.TOKEN, kit.LOADER, kit.PROGRAM, kit.program_data()]
        keys = [world.address(role) for role in (*OURS, THIEF, "upgrade")]
        tokens = [world.token(role) for role in (*OURS, THIEF)]
        return [
            *programs, *keys, *tokens, *self.pots.values(), *self.vaults.values(), world.mint,
            kit.config_address(),
        ]  # fmt: skip

    def _forged(self) -> list[Pubkey]:
        """Put copies there under other owners, and token accounts with a thief's hand in them."""
        world, thief = self.world, self.world.address(THIEF)
        pot, config = world.runtime.data(self.pots[VICTIMS[0]]), world.runtime.data(kit.config_address())
        theirs = pot[:8] + bytes(thief) * 4 + pot[136:]
        mint = kit.key("forged mint").pubkey()
        theirs_of_mint = pot[:8] + bytes(thief) * 4 + bytes(mint) + pot[168:]
        holder = self.pots[VICTIMS[0]]
        forged = {
            "pot": (kit.SYSTEM, theirs),
            "token's pot": (kit.TOKEN, theirs),
            "pot of mint": (kit.SYSTEM, theirs_of_mint),
            "short pot": (kit.PROGRAM, pot[:100]),
            "config": (kit.SYSTEM, config[:8] + bytes(thief) + config[40:]),
            "mint": (kit.TOKEN, kit.mint_account(thief)),
            "tokens": (kit.TOKEN, kit.token_account(mint, thief, 10**12)),
            "vault of mint": (kit.TOKEN, kit.token_account(mint, holder)),
            "second vault": (kit.TOKEN, kit.token_account(world.mint, holder)),
            "lent vault": (kit.TOKEN, kit.token_account(world.mint, holder, delegate=thief)),
            "frozen": (kit.TOKEN, kit.token_account(world.mint, thief, 5, state=2)),
            "lent money": (kit.TOKEN, kit.token_account(world.mint, world.address("heir"), delegate=thief)),
            "loader's record": (kit.LOADER, b"\3" + bytes(11) + b"\1" + bytes(thief) + bytes(20)),
        }
        addresses = {name: kit.key(f"forged {name}").pubkey() for name in forged}
        for name, address in addresses.items():
            world.runtime.put(address, *forged[name])
        return [*addresses.values()]

    def _is_of_our_mint(self, address: Pubkey) -> bool:
        account = self.world.runtime.svm.get_account(address)
        is_token = account is not None and account.owner == kit.TOKEN
        return is_token and bytes(self.world.runtime.data(address))[:32] == bytes(self.world.mint)

    def holdings(self) -> tuple[int, ...]:
        """Return what each token account of our mint holds."""
        return tuple(self.world.runtime.tokens(address) for address in self.tokens)

    def pot_bytes(self) -> tuple[bytes, ...]:
        """Return what each pot is, to the byte."""
        return tuple(self.world.runtime.data(address) for address in self.pots.values())

    def reopen_what_is_closed(self) -> int:
        """Open again what was closed, later; return how many those were."""
        closed = [campaign for campaign, pot in self.pots.items() if not self.world.runtime.data(pot)]
        for campaign in closed:
            world = self.world
            world.put_tokens(self.vaults[campaign], self.pots[campaign])
            role = {name: world.address(THIEF) for name in ("authority", "funder", "spender")}
            mine = role if campaign == OWN else {}
            result = world.call("initialize_pot", campaign, **mine, daily_cap=CAP)
            if result.error is not None:
                raise BrokenRuleError(f"a closed pot cannot be opened again: {result.error}")
        return len(closed)
