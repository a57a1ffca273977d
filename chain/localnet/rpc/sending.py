"""Methods that bring a transaction in, or try one out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chain.localnet.errors import PREFLIGHT_FAILED, SIGNATURE_WRONG, InvalidParams, RpcError
from chain.localnet.meta import inner, returned
from chain.localnet.rpc.cluster import latest_blockhash
from chain.localnet.rpc.encoding import encoded
from chain.localnet.rpc.params import Options, decoded, pubkey
from chain.localnet.transaction import BYTES_MAX, parse
from chain.localnet.vm import Ran

if TYPE_CHECKING:
    from collections.abc import Callable

    from solders.account import Account
    from solders.pubkey import Pubkey

    from chain.localnet.rpc.asked import Asked
    from chain.localnet.transaction import Incoming
    from chain.localnet.views import Seen

SHOWN_ACCOUNTS_MAX = 64
# A base64 or base58 text that is longer cannot be a transaction.
TEXT_MAX = 2 * BYTES_MAX
_WORDS = {
    "AlreadyProcessed": "This transaction has already been processed",
    "BlockhashNotFound": "Blockhash not found",
    "AccountNotFound": "Attempt to debit an account but found no record of a prior credit.",
    "InsufficientFundsForFee": "Insufficient funds for fee",
    "SignatureFailure": "Transaction did not pass signature verification",
}


def send_transaction(asked: Asked) -> str:
    """Take a transaction, after a trial unless it is to go without; nothing is said of whether it lands."""
    options = asked.params.options(1)
    incoming = _incoming(asked.params.text(0), options)
    if not options.flag("skipPreflight"):
        seen = asked.seen(options, options.commitment("preflightCommitment"))
        if not all(incoming.transaction.verify_with_results()):
            raise RpcError(SIGNATURE_WRONG, "Transaction signature verification failure")
        ran = _tried(asked, incoming, seen, verify=True, checks_age=True)
        if ran.error is not None:
            told = f"Transaction simulation failed: {in_words(ran.error)}"
            raise RpcError(PREFLIGHT_FAILED, told, _simulated(ran, None))
    asked.chain.deliver(incoming)
    return str(incoming.signature)


def simulate_transaction(asked: Asked) -> dict[str, Any]:
    """Say what would come of a transaction."""
    options = asked.params.options(1)
    incoming = _incoming(asked.params.text(0), options)
    seen = asked.seen(options)
    replaces, verify = options.flag("replaceRecentBlockhash"), options.flag("sigVerify")
    if replaces and verify:
        raise InvalidParams("sigVerify may not be used with replaceRecentBlockhash")
    if verify and not all(incoming.transaction.verify_with_results()):
        raise RpcError(SIGNATURE_WRONG, "Transaction signature verification failure")
    ran = _tried(asked, incoming, seen, verify=verify, checks_age=not replaces)
    told = _simulated(ran, _shown(asked, options, seen, ran))
    if options.flag("innerInstructions"):
        told["innerInstructions"] = inner(ran.inner)
    if replaces:
        told["replacementBlockhash"] = latest_blockhash(asked, seen.block)
    return asked.told(seen, told)


def in_words(error: object) -> str:
    """Return a transaction's error as nodes put it in words."""
    match error:
        case {"InstructionError": [index, {"Custom": code}]}:
            return f"Error processing Instruction {index}: custom program error: {hex(code)}"
        case {"InstructionError": [index, kind]}:
            return f"Error processing Instruction {index}: {_spaced(str(kind))}"
        case {"InsufficientFundsForRent": {"account_index": index}}:
            return f"Transaction results in an account ({index}) with insufficient funds for rent"
        case str():
            return _WORDS.get(error, _spaced(error))
        case _:
            return str(error)


def _spaced(name: str) -> str:
    return re.sub("(?<!^)([A-Z])", r" \1", name).lower()


def _incoming(text: str, options: Options) -> Incoming:
    encoding = options.text("encoding", "base58")
    if len(text) > TEXT_MAX:
        raise InvalidParams(f"{encoding:.20} encoded transaction too large: {len(text)} (max: {TEXT_MAX})")
    raw = decoded(text, encoding)
    if len(raw) > BYTES_MAX:
        raise InvalidParams(f"decoded transaction too large: {len(raw)} bytes (max: {BYTES_MAX} bytes)")
    try:
        return parse(raw)
    except ValueError as error:
        raise InvalidParams(f"failed to deserialize transaction: {error}") from error


def _tried(asked: Asked, incoming: Incoming, seen: Seen, *, verify: bool, checks_age: bool) -> Ran:
    if checks_age:
        if not asked.core.blocks.is_good(incoming.message.recent_blockhash, seen.block):
            return _refused("BlockhashNotFound")
        if asked.is_visible(asked.core.landed(incoming.signature)):
            return _refused("AlreadyProcessed")
    return asked.core.try_out(incoming, seen.block, seen.state_slot, verify=verify)


def _refused(error: str) -> Ran:
    return Ran(error, [], 0, [], None, {})


def _simulated(ran: Ran, accounts: list[dict[str, Any] | None] | None) -> dict[str, Any]:
    return {
        "err": ran.error,
        "logs": ran.logs,
        "accounts": accounts,
        "unitsConsumed": ran.units,
        "returnData": returned(ran.returned),
        "innerInstructions": None,
        "replacementBlockhash": None,
    }


def _shown(asked: Asked, options: Options, seen: Seen, ran: Ran) -> list[dict[str, Any] | None] | None:
    """Return the accounts that were asked for, as the transaction would leave them."""
    wanted = options.options("accounts")
    if wanted is None:
        return None
    addresses = wanted.raw("addresses")
    if not isinstance(addresses, list) or len(addresses) > SHOWN_ACCOUNTS_MAX:
        raise InvalidParams(f"accounts.addresses must be a list of at most {SHOWN_ACCOUNTS_MAX}")
    how = Options({"encoding": wanted.text("encoding", "base64")})
    read = _left_behind(asked, seen, ran)
    return [encoded(read(pubkey(address)), how, read) for address in addresses]


def _left_behind(asked: Asked, seen: Seen, ran: Ran) -> Callable[[Pubkey], Account | None]:
    def read(address: Pubkey) -> Account | None:
        account = ran.accounts.get(address)
        if account is None:
            return asked.account(address, seen)
        return account if account.lamports else None

    return read
