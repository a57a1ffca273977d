"""The pot program's instructions, each with its accounts in the order in which the program wants them."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.instruction import AccountMeta, Instruction
from solders.system_program import ID as SYSTEM_PROGRAM
from solders.token import ID as TOKEN_PROGRAM

from chain.addresses import (
    CAMPAIGN_ID_BYTES,
    config_address,
    pot_address,
    program_data_address,
    vault_address,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.pubkey import Pubkey

U64_MAX: Final = 2**64 - 1
MOVEMENT_ID_BYTES: Final = 32
FUNDINGS_MAX: Final = 64


class Move(Struct, frozen=True):
    """A movement of a pot's money, to be made at most once: under this number, by this id."""

    campaign_id: bytes
    sequence: int
    movement: bytes
    amount_micro_usdc: int
    vault: Pubkey | None = None
    """Where the pot's money lies, if not where it lies by default."""


class PotKeys(Struct, frozen=True):
    """Who may do what with a pot."""

    authority: Pubkey
    funder: Pubkey
    spender: Pubkey


class PotProgram(Struct, frozen=True):
    """The program at its address, and the mint that its pots are of; makes its instructions."""

    address: Pubkey
    mint: Pubkey

    def initialize(self, payer: Pubkey, upgrade_authority: Pubkey, admin: Pubkey) -> Instruction:
        """Set the program up: who may open pots, and of which mint they are."""
        accounts = [
            _signs(payer, pays=True),
            _changes(config_address(self.address)),
            _reads(self.mint),
            _reads(self.address),
            _reads(program_data_address(self.address)),
            _signs(upgrade_authority),
            _reads(SYSTEM_PROGRAM),
        ]
        return self._call("initialize", bytes(admin), accounts)

    def initialize_pot(
        self,
        admin: Pubkey,
        payer: Pubkey,
        campaign_id: bytes,
        keys: PotKeys,
        cap_micro_usdc: int,
    ) -> Instruction:
        """Open a campaign's pot; its vault is there already."""
        pot = self.pot(campaign_id)
        accounts = [
            _signs(admin),
            _signs(payer, pays=True),
            _reads(config_address(self.address)),
            _changes(pot),
            _reads(self.mint),
            _reads(self.vault(campaign_id)),
            _reads(SYSTEM_PROGRAM),
        ]
        owners = bytes(keys.authority) + bytes(keys.funder) + bytes(keys.spender)
        data = _campaign(campaign_id) + owners + _u64(cap_micro_usdc, "the cap")
        return self._call("initialize_pot", data, accounts)

    def fund(self, funder: Pubkey, treasury: Pubkey, move: Move) -> Instruction:
        """Move USDC from the funder's token account into a pot."""
        accounts = [_signs(funder), *self._moves(move), _changes(treasury), _changes(self._vault(move))]
        return self._call("fund_campaign_pot", _campaign(move.campaign_id) + _numbers(move), accounts)

    def fund_many(self, funder: Pubkey, treasury: Pubkey, moves: Sequence[Move]) -> Instruction:
        """Move USDC from the funder's token account into pots: all of it, or nothing."""
        if not 0 < len(moves) <= FUNDINGS_MAX:
            raise ValueError(f"{len(moves)} fundings are not between 1 and {FUNDINGS_MAX}")
        accounts = [_signs(funder), _reads(self.mint), _reads(TOKEN_PROGRAM), _changes(treasury)]
        for move in moves:
            accounts += [_changes(self.pot(move.campaign_id)), _changes(self._vault(move))]
        data = struct.pack("<I", len(moves)) + b"".join(_numbers(move) for move in moves)
        return self._call("fund_campaign_pots", data, accounts)

    def settle(self, spender: Pubkey, settlement: Pubkey, move: Move, unix_day: int) -> Instruction:
        """Move what a day has cost out of a pot, to the spender's token account."""
        accounts = [_signs(spender), *self._moves(move), _changes(self._vault(move)), _changes(settlement)]
        data = _campaign(move.campaign_id) + _numbers(move) + struct.pack("<q", unix_day)
        return self._call("settle", data, accounts)

    def withdraw(self, authority: Pubkey, to: Pubkey, move: Move) -> Instruction:
        """Move USDC out of a pot, to the authority's token account."""
        accounts = [_signs(authority), *self._moves(move), _changes(self._vault(move)), _changes(to)]
        return self._call("withdraw", _campaign(move.campaign_id) + _numbers(move), accounts)

    def pause(self, signer: Pubkey, campaign_id: bytes) -> Instruction:
        """Let nothing into a pot; the funder and the authority may."""
        return self._of_one("pause_pot", signer, campaign_id)

    def resume(self, signer: Pubkey, campaign_id: bytes) -> Instruction:
        """Let a pot be funded again; what the authority has paused only the authority resumes."""
        return self._of_one("resume_pot", signer, campaign_id)

    def set_daily_cap(self, authority: Pubkey, campaign_id: bytes, cap_micro_usdc: int) -> Instruction:
        """Say how much a pot may take in a UTC day."""
        return self._of_one("set_daily_cap", authority, campaign_id, _u64(cap_micro_usdc, "the cap"))

    def set_keys(self, authority: Pubkey, campaign_id: bytes, funder: Pubkey, spender: Pubkey) -> Instruction:
        """Say who may fund a pot and who may settle from it."""
        return self._of_one("set_keys", authority, campaign_id, bytes(funder) + bytes(spender))

    def set_authority(self, authority: Pubkey, campaign_id: bytes, new_authority: Pubkey) -> Instruction:
        """Propose another authority, who has to accept."""
        return self._of_one("set_authority", authority, campaign_id, bytes(new_authority))

    def accept_authority(self, new_authority: Pubkey, campaign_id: bytes) -> Instruction:
        """Become a pot's authority, as proposed."""
        return self._of_one("accept_authority", new_authority, campaign_id)

    def close(self, authority: Pubkey, campaign_id: bytes, vault: Pubkey | None = None) -> Instruction:
        """Close an empty pot; its rent goes to the authority."""
        accounts = [
            _signs(authority, pays=True),
            _changes(self.pot(campaign_id)),
            _changes(vault or self.vault(campaign_id)),
            _reads(TOKEN_PROGRAM),
        ]
        return self._call("close_pot", _campaign(campaign_id), accounts)

    def pot(self, campaign_id: bytes) -> Pubkey:
        """Return where a campaign's pot lies."""
        return pot_address(self.address, _campaign(campaign_id))

    def vault(self, campaign_id: bytes) -> Pubkey:
        """Return where a pot's money lies by default."""
        return vault_address(self.pot(campaign_id), self.mint)

    def _vault(self, move: Move) -> Pubkey:
        return move.vault or self.vault(move.campaign_id)

    def _moves(self, move: Move) -> list[AccountMeta]:
        return [_changes(self.pot(move.campaign_id)), _reads(self.mint), _reads(TOKEN_PROGRAM)]

    def _of_one(self, name: str, signer: Pubkey, campaign_id: bytes, more: bytes = b"") -> Instruction:
        accounts = [_signs(signer), _changes(self.pot(campaign_id))]
        return self._call(name, _campaign(campaign_id) + more, accounts)

    def _call(self, name: str, data: bytes, accounts: list[AccountMeta]) -> Instruction:
        return Instruction(self.address, _mark(name) + data, accounts)


def _mark(name: str) -> bytes:
    return hashlib.sha256(f"global:{name}".encode()).digest()[:8]


def _campaign(campaign_id: bytes) -> bytes:
    if len(campaign_id) != CAMPAIGN_ID_BYTES:
        raise ValueError(f"a campaign's id has {CAMPAIGN_ID_BYTES} bytes, not {len(campaign_id)}")
    return campaign_id


def _numbers(move: Move) -> bytes:
    if len(move.movement) != MOVEMENT_ID_BYTES:
        raise ValueError(f"a movement's id has {MOVEMENT_ID_BYTES} bytes, not {len(move.movement)}")
    return _u64(move.amount_micro_usdc, "the amount") + _u64(move.sequence, "the number") + move.movement


def _u64(value: int, what: str) -> bytes:
    if not 0 <= value <= U64_MAX:
        raise ValueError(f"{what} is {value}, which is not between 0 and {U64_MAX}")
    return value.to_bytes(8, "little")


def _signs(address: Pubkey, *, pays: bool = False) -> AccountMeta:
    return AccountMeta(address, is_signer=True, is_writable=pays)


def _changes(address: Pubkey) -> AccountMeta:
    return AccountMeta(address, is_signer=False, is_writable=True)


def _reads(address: Pubkey) -> AccountMeta:
    return AccountMeta(address, is_signer=False, is_writable=False)
