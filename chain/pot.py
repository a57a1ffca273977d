"""The program's accounts, read strictly: what does not add up is refused, and never taken for a pot."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from solders.pubkey import Pubkey

from chain.errors import WrongAccount

if TYPE_CHECKING:
    from chain.ports import AccountSeen

MovementKind = Literal["fund", "settle", "withdraw"]

RING_LENGTH: Final = 32
PAUSED_BY_FUNDER: Final = 1
PAUSED_BY_AUTHORITY: Final = 2
KINDS: Final[dict[int, MovementKind]] = {1: "fund", 2: "settle", 3: "withdraw"}
CODES: Final[dict[MovementKind, int]] = {kind: code for code, kind in KINDS.items()}
HISTORY_PREFIX: Final = b"headgate pot"
# As the IDL has them: discriminator; seven times 32 bytes; nine numbers; history; two bytes. Then the ring.
_HEAD: Final = struct.Struct("<8s32s32s32s32s32s32s32sQqQqQQQQQ32sBB")
_ENTRY: Final = struct.Struct("<QB32sQQ")
_CONFIG: Final = struct.Struct("<8s32s32sB")
_POT_MARK: Final = hashlib.sha256(b"account:CampaignPot").digest()[:8]
_CONFIG_MARK: Final = hashlib.sha256(b"account:Config").digest()[:8]
_PAUSED_MAX: Final = PAUSED_BY_FUNDER | PAUSED_BY_AUTHORITY
POT_BYTES: Final = _HEAD.size + RING_LENGTH * _ENTRY.size


class Movement(Struct, frozen=True, gc=False):
    """A movement as the pot remembers it."""

    sequence: int
    kind: MovementKind
    id: bytes
    amount_micro_usdc: int
    slot: int


class Pot(Struct, frozen=True):
    """A campaign's pot, as it is on chain."""

    authority: Pubkey
    pending_authority: Pubkey
    funder: Pubkey
    spender: Pubkey
    mint: Pubkey
    vault: Pubkey
    campaign_id: bytes
    daily_cap_micro_usdc: int
    cap_day: int
    cap_used_micro_usdc: int
    spent_day: int
    spent_micro_usdc: int
    funded_micro_usdc: int
    settled_micro_usdc: int
    withdrawn_micro_usdc: int
    next_sequence: int
    history: bytes
    paused: int
    bump: int
    ring: tuple[Movement | None, ...]
    """By sequence modulo its length; None where nothing has moved yet."""

    @property
    def is_paused(self) -> bool:
        """Whether nothing may be funded."""
        return self.paused != 0

    @property
    def is_paused_by_authority(self) -> bool:
        """Whether only the authority can let it go on."""
        return bool(self.paused & PAUSED_BY_AUTHORITY)

    def find(self, sequence: int) -> Movement | None:
        """Return the movement of that number, if the pot still remembers it."""
        found = self.ring[sequence % RING_LENGTH]
        return found if found is not None and found.sequence == sequence else None

    def remembered(self) -> list[Movement]:
        """Return the movements that the pot remembers, in their order."""
        return sorted((one for one in self.ring if one is not None), key=lambda one: one.sequence)


class Config(Struct, frozen=True):
    """The program's config: who may open pots, and of which mint they are."""

    admin: Pubkey
    mint: Pubkey
    bump: int


def read_pot(account: AccountSeen, program: Pubkey, campaign_id: bytes | None = None) -> Pot:
    """Read a pot; with a campaign's id, only that campaign's will do."""
    _check(account, program, _POT_MARK, POT_BYTES, "pot")
    fields = _HEAD.unpack_from(account.data)
    authority, pending, funder, spender, mint, vault = (Pubkey.from_bytes(key) for key in fields[1:7])
    campaign, cap, day, used, spent_day, spent, funded, settled, withdrawn = fields[7:16]
    following, history, paused, bump = fields[16:]
    if campaign_id is not None and campaign != campaign_id:
        raise WrongAccount(f"the account is the pot of {campaign.hex()}, not of {campaign_id.hex()}")
    if paused > _PAUSED_MAX:
        raise WrongAccount(f"the pot of {campaign.hex()} says {paused} of whether it is paused")
    return Pot(
        authority=authority,
        pending_authority=pending,
        funder=funder,
        spender=spender,
        mint=mint,
        vault=vault,
        campaign_id=campaign,
        daily_cap_micro_usdc=cap,
        cap_day=day,
        cap_used_micro_usdc=used,
        spent_day=spent_day,
        spent_micro_usdc=spent,
        funded_micro_usdc=funded,
        settled_micro_usdc=settled,
        withdrawn_micro_usdc=withdrawn,
        next_sequence=following,
        history=history,
        paused=paused,
        bump=bump,
        ring=_ring(account.data, following, campaign.hex()),
    )


def read_config(account: AccountSeen, program: Pubkey) -> Config:
    """Read the program's config."""
    _check(account, program, _CONFIG_MARK, _CONFIG.size, "config")
    _, admin, mint, bump = _CONFIG.unpack(account.data)
    return Config(Pubkey.from_bytes(admin), Pubkey.from_bytes(mint), bump)


def first_history(pot: Pubkey, first_sequence: int) -> bytes:
    """Return the running hash of a pot in which nothing has moved."""
    return hashlib.sha256(HISTORY_PREFIX + bytes(pot) + first_sequence.to_bytes(8, "little")).digest()


def following_history(history: bytes, movement: Movement) -> bytes:
    """Return the running hash after one movement more."""
    numbers = struct.pack("<QB", movement.sequence, CODES[movement.kind])
    amount = movement.amount_micro_usdc.to_bytes(8, "little")
    return hashlib.sha256(history + numbers + movement.id + amount).digest()


def _check(account: AccountSeen, program: Pubkey, mark: bytes, length: int, what: str) -> None:
    if account.owner != program:
        raise WrongAccount(f"the account is no {what}: it belongs to {account.owner}, not to {program}")
    if account.data[:8] != mark:
        raise WrongAccount(f"the account of {program} is no {what}")
    if len(account.data) != length:
        raise WrongAccount(f"the account is no {what}: it has {len(account.data)} bytes, not {length}")


def _ring(data: bytes, following: int, campaign: str) -> tuple[Movement | None, ...]:
    entries = _ENTRY.iter_unpack(data[_HEAD.size :])
    return tuple(_entry(index, entry, following, campaign) for index, entry in enumerate(entries))


def _entry(index: int, entry: tuple[int, int, bytes, int, int], following: int, pot: str) -> Movement | None:
    sequence, code, movement, amount, slot = entry
    if code == 0:
        return None
    kind = KINDS.get(code)
    is_in_place = sequence % RING_LENGTH == index and following - RING_LENGTH <= sequence < following
    if kind is None or not is_in_place:
        raise WrongAccount(f"the pot of {pot} remembers a movement that cannot be: {sequence}, kind {code}")
    return Movement(sequence, kind, movement, amount, slot)
