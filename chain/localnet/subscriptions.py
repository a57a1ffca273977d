"""What one websocket waits for: signatures, slots and accounts."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from chain.localnet.errors import METHOD_NOT_FOUND, InvalidParams, RpcError
from chain.localnet.rpc.asked import Asked
from chain.localnet.rpc.encoding import encoded
from chain.localnet.rpc.params import Options, Params

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from solders.account import Account
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.localnet.blocks import Commitment
    from chain.localnet.chain import LocalChain
    from chain.localnet.views import View

SUBSCRIPTIONS_MAX = 1_000
# Unlike a number of ours, an id of the protocol's own starts anywhere.
_ids = count(1)


class SignatureAwaited(Struct):
    """Told once, when the signature has the commitment."""

    signature: Signature
    commitment: Commitment


class AccountWatched(Struct):
    """Told whenever the account has changed at its commitment."""

    address: Pubkey
    options: Options
    last: Account | None


class SlotsWatched(Struct):
    """Told of each slot."""

    last: int


Subscription = SignatureAwaited | AccountWatched | SlotsWatched


class Subscriptions:
    """Those of one connection."""

    def __init__(self, chain: LocalChain, view: View) -> None:
        self._chain = chain
        self._view = view
        self._held: dict[int, Subscription] = {}
        self._methods: dict[str, Callable[[Params], object]] = {
            "signatureSubscribe": self._signature,
            "accountSubscribe": self._account,
            "slotSubscribe": self._slots,
            "signatureUnsubscribe": self._end,
            "accountUnsubscribe": self._end,
            "slotUnsubscribe": self._end,
        }

    def call(self, method: str, given: list[Any]) -> object:
        """Begin or end to wait for something; return its number, or that it has ended."""
        known = self._methods.get(method)
        if known is None:
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        return known(Params(given))

    def news(self) -> Iterator[dict[str, Any]]:
        """Yield what has happened since the last time."""
        for number, held in list(self._held.items()):
            match held:
                case SignatureAwaited():
                    yield from self._signature_news(number, held)
                case AccountWatched():
                    yield from self._account_news(number, held)
                case SlotsWatched():
                    yield from self._slot_news(number, held)

    def _signature(self, params: Params) -> int:
        awaited = SignatureAwaited(params.signature(0), params.options(1).commitment())
        return self._hold(awaited)

    def _account(self, params: Params) -> int:
        options, address = params.options(1), params.pubkey(0)
        encoded(None, options, lambda _address: None)
        return self._hold(AccountWatched(address, options, self._read(address, options)))

    def _slots(self, _params: Params) -> int:
        return self._hold(SlotsWatched(self._asked().at("processed").block.slot))

    def _end(self, params: Params) -> bool:
        if self._held.pop(params.count(0), None) is None:
            raise InvalidParams("Invalid subscription id.")
        return True

    def _hold(self, subscription: Subscription) -> int:
        if len(self._held) >= SUBSCRIPTIONS_MAX:
            raise InvalidParams(f"a connection holds at most {SUBSCRIPTIONS_MAX} subscriptions")
        number = next(_ids)
        self._held[number] = subscription
        return number

    def _signature_news(self, number: int, held: SignatureAwaited) -> Iterator[dict[str, Any]]:
        asked, landed = self._asked(), self._chain.core.landed(held.signature)
        if landed is not None and asked.is_visible(landed, held.commitment):
            del self._held[number]
            told = asked.told(asked.at(held.commitment), {"err": landed.meta["err"]})
            yield _notice("signatureNotification", number, told)

    def _account_news(self, number: int, held: AccountWatched) -> Iterator[dict[str, Any]]:
        account = self._read(held.address, held.options)
        if account != held.last:
            held.last = account
            asked = self._asked()
            seen = asked.at(held.options.commitment())
            told = encoded(account, held.options, lambda address: asked.account(address, seen))
            yield _notice("accountNotification", number, asked.told(seen, told))

    def _slot_news(self, number: int, held: SlotsWatched) -> Iterator[dict[str, Any]]:
        asked = self._asked()
        block = asked.at("processed").block
        if block.slot != held.last:
            held.last = block.slot
            root = asked.at("finalized").block.slot
            told = {"slot": block.slot, "parent": block.parent_slot, "root": root}
            yield _notice("slotNotification", number, told)

    def _read(self, address: Pubkey, options: Options) -> Account | None:
        asked = self._asked()
        return asked.account(address, asked.at(options.commitment()))

    def _asked(self) -> Asked:
        return Asked(self._chain, Params(()), self._view)


def _notice(method: str, number: int, result: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": {"result": result, "subscription": number}}
