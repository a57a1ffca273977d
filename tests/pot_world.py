"""A world of keys, tokens and pots in the runtime of `tests.pot_kit`, in which anybody can try anything."""

from __future__ import annotations

import hashlib
import itertools
import struct
from typing import TYPE_CHECKING, Any, Final

from tests import pot_kit as kit

if TYPE_CHECKING:
    from solders.instruction import Instruction
    from solders.pubkey import Pubkey

CAMPAIGN: Final = hashlib.sha256(b"a campaign").digest()
OTHER: Final = hashlib.sha256(b"another campaign").digest()
CAP: Final = 1_000 * kit.USDC
TREASURY: Final = 10**15
ROLES: Final = ("payer", "upgrade", "admin", "authority", "funder", "spender", "stranger", "heir")
_FIELDS: Final[list[dict[str, Any]]] = next(
    account["type"]["fields"] for account in kit.IDL["accounts"] if account["name"] == "CampaignPot"
)


class PotWorld:
    """One key a role, a mint, a token account a role, and pots as they are opened."""

    def __init__(self, library: bytes | None = None, *, is_set_up: bool = True) -> None:
        self.runtime: Final = kit.Runtime(library)
        self.keys: Final = {role: kit.key(role) for role in ROLES}
        self.runtime.rich(*self.keys.values())
        self.mint: Final = kit.key("mint").pubkey()
        self.runtime.put(self.mint, kit.TOKEN, kit.mint_account(self.address("admin")))
        for role in ROLES:
            self.put_tokens(self.token(role), self.address(role), TREASURY if role == "funder" else 0)
        self._numbers = itertools.count(1)
        if is_set_up:
            must(self.call("initialize", admin=self.address("admin")))

    def address(self, role: str) -> Pubkey:
        """Return a role's address."""
        return self.keys[role].pubkey()

    def token(self, role: str) -> Pubkey:
        """Return the token account of a role."""
        return kit.token_address(self.address(role), self.mint)

    def put_tokens(self, address: Pubkey, owner: Pubkey, amount: int = 0, **also: object) -> None:
        """Put a token account of our mint there."""
        self.runtime.put(address, kit.TOKEN, kit.token_account(self.mint, owner, amount, **also))

    def vault(self, campaign: bytes = CAMPAIGN) -> Pubkey:
        """Return where a pot's vault lies."""
        return kit.token_address(kit.pot_address(campaign), self.mint)

    def open(self, campaign: bytes = CAMPAIGN, cap: int = CAP) -> bytes:
        """Open a pot with its vault, and return its campaign."""
        self.put_tokens(self.vault(campaign), kit.pot_address(campaign))
        must(self.call("initialize_pot", campaign, daily_cap=cap))
        return campaign

    def call(self, name: str, campaign: bytes = CAMPAIGN, **changed: object) -> kit.Result:
        """Send one instruction, signed by whoever it names as signers; `changed` as in `instruction`."""
        return self.send(self.instruction(name, campaign, **changed))

    def send(self, *instructions: Instruction) -> kit.Result:
        """Send instructions in one transaction, signed by every key of ours that they name."""
        by_address = {key.pubkey(): key for key in self.keys.values()}
        wanted = {meta.pubkey for each in instructions for meta in each.accounts if meta.is_signer}
        signers = [key for address, key in by_address.items() if address in wanted]
        payer = self.keys["payer"]
        return self.runtime.send(instructions, [payer, *(key for key in signers if key != payer)])

    def instruction(self, name: str, campaign: bytes = CAMPAIGN, **changed: object) -> Instruction:
        """Build one with everything right but what is changed: an account or an argument by its name."""
        unknown = changed.keys() - kit.names(name)
        if unknown:
            raise AssertionError(f"{name} has no {sorted(unknown)}")
        return kit.instruction(name, {**self.values(campaign), **changed})

    def batch(self, *fundings: tuple[bytes, int], **changed: object) -> Instruction:
        """Build a batch of fundings of (campaign, amount), each with its pot's next number."""
        given: dict[bytes, int] = {}
        listed: list[tuple[int, int, bytes]] = []
        extra: list[Pubkey] = []
        for campaign, amount in fundings:
            number = given.get(campaign) or self.pot(campaign)["nextSequence"]
            given[campaign] = number + 1
            listed.append((amount, number, self.movement()))
            extra += [kit.pot_address(campaign), self.vault(campaign)]
        values = {**self.values(CAMPAIGN), "fundings": listed, **changed}
        return kit.instruction("fund_campaign_pots", values, extra)

    def values(self, campaign: bytes) -> dict[str, Any]:
        """Give what is right for every name of an account or an argument that the IDL has."""
        roles = ("admin", "payer", "authority", "funder", "spender")
        return {
            **{role: self.address(role) for role in roles},
            **{f"{role}_token": self.token(role) for role in ("funder", "spender", "authority")},
            "config": kit.config_address(),
            "usdc_mint": self.mint,
            "program": kit.PROGRAM,
            "program_data": kit.program_data(),
            "upgrade_authority": self.address("upgrade"),
            "system_program": kit.SYSTEM,
            "token_program": kit.TOKEN,
            "campaign_pot": kit.pot_address(campaign),
            "vault": self.vault(campaign),
            "signer": self.address("funder"),
            "new_authority": self.address("heir"),
            "campaign_id": campaign,
            "daily_cap": CAP,
            "amount": kit.USDC,
            "sequence": self.pot(campaign).get("nextSequence", 0),
            "movement_id": self.movement(),
            "day": self.day(),
        }

    def movement(self) -> bytes:
        """Give a movement id that nobody has had."""
        return hashlib.sha256(f"movement {next(self._numbers)}".encode()).digest()

    def day(self) -> int:
        """Return which day it is on chain."""
        return int(self.runtime.svm.get_clock().unix_timestamp // kit.DAY_SECONDS)

    def pot(self, campaign: bytes = CAMPAIGN) -> dict[str, Any]:
        """Read a pot by the IDL's field names; nothing when there is none."""
        data = self.runtime.data(kit.pot_address(campaign))
        return decode_pot(data) if data else {}


def decode_pot(data: bytes) -> dict[str, Any]:
    """Read a pot's bytes by the IDL's field names."""
    at, read = 8, {}
    for field in _FIELDS:
        read[field["name"]], at = decode(field["type"], data, at)
    return read


def decode(kind: Any, data: bytes, at: int) -> tuple[Any, int]:  # noqa: ANN401 - whatever the IDL has
    """Read a value as borsh writes it, and where the next one begins."""
    if kind in ("u8", "u64", "i64"):
        wanted = {"u8": "<B", "u64": "<Q", "i64": "<q"}[kind]
        return struct.unpack_from(wanted, data, at)[0], at + struct.calcsize(wanted)
    if kind == "publicKey" or kind["array"][0] == "u8":
        return data[at : at + 32], at + 32
    movements = []
    for _ in range(kind["array"][1]):
        sequence, what, identity, amount, slot = struct.unpack_from("<QB32sQQ", data, at)
        movements.append({"sequence": sequence, "kind": what, "id": identity, "amount": amount, "slot": slot})
        at += 57
    return movements, at


def must(result: kit.Result) -> kit.Result:
    """Hold a transaction to have done what it says."""
    if result.error is not None:
        raise AssertionError(f"{result.error}\n" + "\n".join(result.logs))
    return result
