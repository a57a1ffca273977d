"""Checks of keys and purses: are they here, are they ours alone, and is there enough in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chain.addresses import settlement_address, treasury_address
from chain.errors import ChainError, WrongAccount
from chain.tokens import read_token_account
from infra.doctor.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solders.pubkey import Pubkey

    from chain.place import Place, Role
    from chain.ports import AccountSeen, Chain, Signer

ROLES: Final[tuple[Role, ...]] = ("authority", "funder", "spender")
# Of a thousand transactions; pots opened cost the authority some 0.02 SOL each.
LAMPORTS_MIN: Final = 10_000_000
LAMPORTS_A_SOL: Final = 1_000_000_000
MICRO: Final = 1_000_000
KEYS_STEP: Final = "See docs/how-to/keys.md; the executor needs funder and spender, people the authority."


async def keys(place: Place) -> tuple[list[Check], dict[Role, Signer]]:
    """Look at each key, without showing it."""
    checks: list[Check] = []
    found: dict[Role, Signer] = {}
    for role in ROLES:
        try:
            found[role] = await place.signer(role)
            checks.append(ok(f"{role}'s key", str(found[role].address)))
        except ChainError as error:
            # The authority's key is not needed where roles run.
            say = warn if role == "authority" else fail
            checks.append(say(f"{role}'s key", error.detail, KEYS_STEP))
    addresses = [one.address for one in found.values()]
    if len(set(addresses)) != len(addresses):
        step = "Make one for each by `headgate chain keys new FILE`: who spends must not fund."
        checks.append(warn("keys", "one key has several roles", step))
    return checks, found


async def purses(
    place: Place, chain: Chain, found: Mapping[Role, Signer], clients: Sequence[str]
) -> list[Check]:
    """Look at what the keys have to pay fees with, and at the token accounts, all at one slot."""
    holders = [(role, found[role].address) for role in ROLES if role in found]
    accounts = _token_accounts(found, clients)
    wanted = [address for _, address in holders] + [address for _, address, _ in accounts]
    if not wanted:
        return []
    seen = (await chain.snapshot(wanted)).accounts
    fees = [_fees(role, account) for (role, _), account in zip(holders, seen, strict=False)]
    rest = seen[len(holders) :]
    tokens = [
        _tokens(name, address, account, place.mint, step)
        for (name, address, step), account in zip(accounts, rest, strict=True)
    ]
    return fees + tokens


def _token_accounts(found: Mapping[Role, Signer], clients: Sequence[str]) -> list[tuple[str, Pubkey, str]]:
    accounts = []
    if "spender" in found:
        step = "`headgate pots open` makes it with the first pot."
        accounts.append(("settlement", settlement_address(found["spender"].address), step))
    if "funder" in found:
        accounts += [
            (
                f"treasury {client}",
                treasury_address(found["funder"].address, client),
                f"`headgate pots open {client} NAME` makes it, then send USDC to it.",
            )
            for client in clients
        ]
    return accounts


def _fees(role: Role, account: AccountSeen | None) -> Check:
    lamports = 0 if account is None else account.lamports
    whole, rest = divmod(lamports, LAMPORTS_A_SOL)
    told = f"{whole:,}.{rest:09d} SOL"
    if lamports < LAMPORTS_MIN:
        step = "Send it SOL; on a local chain `headgate chain airdrop` does that."
        # Who has nothing can pay no fee: nothing of that role happens.
        return warn(f"{role}'s SOL", told, step) if lamports else fail(f"{role}'s SOL", told, step)
    return ok(f"{role}'s SOL", told)


def _tokens(name: str, address: Pubkey, account: AccountSeen | None, mint: Pubkey, step: str) -> Check:
    if account is None or not account.data:
        return warn(name, f"there is no token account {address} yet", step)
    try:
        held = read_token_account(account, mint)
    except WrongAccount as error:
        return fail(name, error.detail, "Something else lies at its address: call someone who knows Solana.")
    if held.delegate is not None or held.close_authority is not None:
        return fail(name, f"somebody else has a hand in {address}", "Revoke that with a token tool.")
    whole, rest = divmod(held.amount, MICRO)
    return ok(name, f"{whole:,}.{rest:06d} USDC in {address}")
