"""Methods about accounts, as of a commitment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solders.token import ID as TOKEN_PROGRAM

from chain.localnet import tokens
from chain.localnet.errors import InvalidParams
from chain.localnet.rpc.encoding import encoded
from chain.localnet.rpc.params import Options, decoded, pubkey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from solders.account import Account
    from solders.pubkey import Pubkey

    from chain.localnet.rpc.asked import Asked
    from chain.localnet.views import Seen

ACCOUNTS_MAX = 100
FILTERS_MAX = 4
COMPARED_BYTES_MAX = 128


def get_balance(asked: Asked) -> dict[str, Any]:
    """Return an account's lamports."""
    seen = asked.seen(asked.params.options(1))
    account = asked.account(asked.params.pubkey(0), seen)
    return asked.told(seen, 0 if account is None else account.lamports)


def get_account_info(asked: Asked) -> dict[str, Any]:
    """Return an account; None where there is none."""
    options = asked.params.options(1)
    seen = asked.seen(options)
    account = asked.account(asked.params.pubkey(0), seen)
    return asked.told(seen, encoded(account, options, _reader(asked, seen)))


def get_multiple_accounts(asked: Asked) -> dict[str, Any]:
    """Return accounts as of one slot."""
    options = asked.params.options(1)
    seen = asked.seen(options)
    read = _reader(asked, seen)
    if not options.has("encoding"):
        options = Options({"encoding": "base64", "dataSlice": options.raw("dataSlice")})
    addresses = asked.params.pubkeys(0, ACCOUNTS_MAX)
    return asked.told(seen, [encoded(read(address), options, read) for address in addresses])


def get_program_accounts(asked: Asked) -> object:
    """Return the accounts that a program owns and that pass all filters."""
    options = asked.params.options(1)
    seen = asked.seen(options)
    passes = filters_of(options.raw("filters"))
    owned = asked.core.accounts.owned_by(asked.params.pubkey(0), seen.state_slot)
    found = listed(asked, seen, options, ((address, known) for address, known in owned if passes(known)))
    return asked.told(seen, found) if options.flag("withContext") else found


def get_token_accounts_by_owner(asked: Asked) -> dict[str, Any]:
    """Return somebody's token accounts, of a mint or of a token program."""
    options = asked.params.options(2)
    seen = asked.seen(options)
    owner, mint = asked.params.pubkey(0), _wanted_mint(asked.params.options(1))
    owned = asked.core.accounts.owned_by(TOKEN_PROGRAM, seen.state_slot)
    held = (
        (address, account)
        for address, account in owned
        if (holding := tokens.holding_of(account)) is not None
        and holding.owner == owner
        and mint in {None, holding.mint}
    )
    return asked.told(seen, listed(asked, seen, options, held))


def get_token_account_balance(asked: Asked) -> dict[str, Any]:
    """Return what a token account holds."""
    seen = asked.seen(asked.params.options(1))
    holding = tokens.holding_of(asked.account(asked.params.pubkey(0), seen))
    mint = None if holding is None else tokens.mint_of(asked.account(holding.mint, seen))
    if holding is None or mint is None:
        raise InvalidParams("could not find account, or it is not a token account")
    return asked.told(seen, tokens.amount(holding.amount, mint.decimals))


def get_token_supply(asked: Asked) -> dict[str, Any]:
    """Return how much of a token there is."""
    seen = asked.seen(asked.params.options(1))
    mint = tokens.mint_of(asked.account(asked.params.pubkey(0), seen))
    if mint is None:
        raise InvalidParams("could not find account, or it is not a mint")
    return asked.told(seen, tokens.amount(mint.supply, mint.decimals))


def listed(
    asked: Asked, seen: Seen, options: Options, found: Iterator[tuple[Pubkey, Account]]
) -> list[dict[str, Any]]:
    """Return accounts with their addresses, in the order of these."""
    read = _reader(asked, seen)
    rows = [{"pubkey": str(address), "account": encoded(known, options, read)} for address, known in found]
    return sorted(rows, key=lambda row: str(row["pubkey"]))


def filters_of(given: object) -> Callable[[Account], bool]:
    """Return a test of an account that all filters have to pass."""
    if given is None:
        return lambda _account: True
    if not isinstance(given, list) or len(given) > FILTERS_MAX:
        raise InvalidParams(f"filters must be a list of at most {FILTERS_MAX}")
    tests = [_filter(one) for one in given]
    return lambda account: all(test(account) for test in tests)


def _filter(given: object) -> Callable[[Account], bool]:
    if given == "tokenAccountState":
        return lambda account: tokens.holding_of(account) is not None
    if not isinstance(given, dict):
        raise InvalidParams("a filter must be an object")
    options = Options(given)
    if options.has("dataSize"):
        size = options.count("dataSize", 0)
        return lambda account: len(account.data) == size
    compared = options.options("memcmp")
    if compared is None:
        raise InvalidParams("a filter must be dataSize or memcmp")
    offset, wanted = compared.count("offset", 0), _compared(compared)
    return lambda account: bytes(account.data)[offset : offset + len(wanted)] == wanted


def _compared(options: Options) -> bytes:
    given = options.raw("bytes")
    if isinstance(given, list) and all(isinstance(one, int) and 0 <= one < 2**8 for one in given):
        wanted = bytes(given)
    elif isinstance(given, str) and len(given) <= 2 * COMPARED_BYTES_MAX:
        wanted = decoded(given, options.text("encoding", "base58"))
    else:
        raise InvalidParams("memcmp needs bytes")
    if len(wanted) > COMPARED_BYTES_MAX:
        raise InvalidParams(f"memcmp compares at most {COMPARED_BYTES_MAX} bytes")
    return wanted


def _wanted_mint(options: Options) -> Pubkey | None:
    if options.has("mint"):
        return pubkey(options.raw("mint"))
    if pubkey(options.raw("programId")) != TOKEN_PROGRAM:
        raise InvalidParams("unrecognized Token program id")
    return None


def _reader(asked: Asked, seen: Seen) -> Callable[[Pubkey], Account | None]:
    return lambda address: asked.account(address, seen)
