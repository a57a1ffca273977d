"""Tries transactions out, has them signed, makes that durable, and only then sends them."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.pubkey import Pubkey

from chain.errors import ChainError, Unknown
from chain.executor.batches import halves
from chain.executor.clock import clock_ms
from chain.executor.fees import price_micro_lamports
from chain.executor.protocol import Failed
from chain.executor.verdicts import classify
from chain.transactions import Signed, sign, unsigned
from events.types import AttemptSigned, FundPot, SettlePot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chain.executor.batches import Recipe
    from chain.executor.entry import Entry
    from chain.executor.tools import Tools
    from chain.ports import Blockhash

AT_ONCE_MAX: Final = 8
FEES_MS: Final = 10_000

Refused = list[tuple["Entry", Failed]]


class Prepared(Struct, frozen=True):
    """A signed transaction that nobody has seen yet, and whose orders it is for."""

    group: Sequence[Entry]
    signed: Signed
    last_valid_height: int

    def facts(self, at_ms: int) -> Iterable[tuple[Entry, AttemptSigned]]:
        """Say for each order that this is signed for it."""
        raw = base64.b64encode(self.signed.raw).decode()
        for entry in self.group:
            yield (
                entry,
                AttemptSigned(
                    command_id=entry.order.id,
                    attempt=entry.number,
                    signature=str(self.signed.signature),
                    raw=raw,
                    last_valid_height=self.last_valid_height,
                    commands=len(self.group),
                    at_ms=at_ms,
                ),
            )


class Signing:
    """Signs and sends for one client; nothing that was signed before may be able to land any more."""

    def __init__(self, client: str, tools: Tools) -> None:
        self._client, self._tools, self._options = client, tools, tools.options
        self._signers = [one for one in (tools.funder, tools.spender) if one is not None]
        self._gate = asyncio.Semaphore(AT_ONCE_MAX)
        self._recent: tuple[int, ...] = ()
        self._recent_until_ms = 0

    async def begin(self, entries: Sequence[Entry], recipe: Recipe) -> Refused:
        """Sign and send orders; return those that would be refused alone, as nothing of them can land."""
        refused: Refused = []
        try:
            await self._learn_fees(entries)
            blockhash = await self._tools.chain.blockhash()
        except ChainError as error:
            self.postpone(entries, error)
            return refused
        groups = recipe.groups(entries, self._options.batch_max)
        found = await asyncio.gather(*(self._prepare(group, recipe, blockhash, refused) for group in groups))
        prepared = [one for part in found for one in part]
        if prepared:
            await self._intend(prepared)
            await asyncio.gather(*(self._first_send(one) for one in prepared))
        return refused

    async def send(self, raw: bytes, orders: int) -> None:
        """Send bytes that are durable; whatever is answered, they may land."""
        try:
            async with self._gate:
                await self._tools.chain.send(raw)
        except ChainError as error:
            self._tools.watch.trouble(self._client, error, orders)

    def postpone(self, entries: Sequence[Entry], error: ChainError) -> None:
        """Try orders again later, and with fewer others."""
        self._tools.watch.trouble(self._client, error, len(entries))
        for entry in entries:
            entry.unsigned += 1
            entry.due_ms = clock_ms() + self._options.retry.delay_after(entry.unsigned)

    # ---- one transaction
    async def _prepare(
        self, group: Sequence[Entry], recipe: Recipe, blockhash: Blockhash, refused: Refused
    ) -> list[Prepared]:
        """Sign what would land; who is in the way of others is found by halves."""
        try:
            async with self._gate:
                outcome = await self._sign(group, recipe, blockhash)
        except ChainError as error:
            self.postpone(group, error)
            return []
        if isinstance(outcome, Prepared):
            return [outcome]
        if len(group) == 1:
            self._refuse(group[0], outcome, refused)
            return []
        parts = [await self._prepare(half, recipe, blockhash, refused) for half in halves(group)]
        return [one for part in parts for one in part]

    async def _sign(self, group: Sequence[Entry], recipe: Recipe, blockhash: Blockhash) -> Prepared | str:
        """Sign, or return why it would be refused; it is tried out unsigned, so that nobody can send it."""
        signing = max(entry.number for entry in group)
        price = price_micro_lamports(self._recent, signing, self._options.priority_fee_max)
        message = recipe.message(group, blockhash.hash, price)
        error = await self._tools.chain.simulate(unsigned(message))
        if error is not None:
            return error
        signed = await sign(message, self._signers)
        return Prepared(group, signed, blockhash.last_valid_height)

    def _refuse(self, entry: Entry, error: str, refused: Refused) -> None:
        refusal = classify(error)
        if refusal is None:
            self.postpone([entry], Unknown(f"an order would be refused as things stand: {error}"))
        else:
            refused.append((entry, Failed(refusal.reason, refusal.detail)))

    async def _intend(self, prepared: Sequence[Prepared]) -> None:
        now_ms = self._tools.time.now_ms()
        facts = [one for each in prepared for one in each.facts(now_ms)]
        await self._tools.journal.intend([(entry.order, fact) for entry, fact in facts])
        for entry, fact in facts:
            entry.attempts.append(fact)
            entry.unsigned, entry.searches = 0, 0

    async def _first_send(self, prepared: Prepared) -> None:
        now_ms = clock_ms()
        for entry in prepared.group:
            entry.resend_ms = now_ms + self._options.resend_ms
            entry.due_ms = now_ms + self._options.look_ms
        attempt = max(entry.attempts[-1].attempt for entry in prepared.group)
        self._tools.watch.signed(self._client, len(prepared.group), attempt)
        await self.send(prepared.signed.raw, len(prepared.group))

    async def _learn_fees(self, entries: Sequence[Entry]) -> None:
        """Find out what others pay; who cannot say is no reason to wait."""
        now_ms = clock_ms()
        if now_ms < self._recent_until_ms:
            return
        self._recent_until_ms = now_ms + FEES_MS
        try:
            self._recent = await self._tools.chain.recent_fees(_written(entries))
        except ChainError as error:
            self._tools.watch.trouble(self._client, error, 0)
            self._recent = ()


def _written(entries: Sequence[Entry]) -> list[Pubkey]:
    """Return the token accounts that all transactions of a client write, for which they compete."""
    wishes = [entry.order.wish for entry in entries]
    treasuries = {wish.treasury for wish in wishes if isinstance(wish, FundPot)}
    settlements = {wish.settlement for wish in wishes if isinstance(wish, SettlePot)}
    return [Pubkey.from_string(one) for one in sorted(treasuries | settlements)]
