"""One client's orders: look at the finalized chain, decide, make intents durable, send, tell outcomes."""

from __future__ import annotations

import asyncio
import base64
import heapq
from typing import TYPE_CHECKING, Final, assert_never

from chain.errors import ChainError, NotConfigured, WrongChain
from chain.executor import protocol, switches
from chain.executor.batches import Payers, Recipe, halves
from chain.executor.clock import clock_ms, wait_for
from chain.executor.entry import Entry
from chain.executor.judging import after_judgement
from chain.executor.order import Movement, Switch
from chain.executor.outcomes import outcome
from chain.executor.protocol import Done, Failed, Keys, Resend, SignAnew, Stuck, Wait
from chain.executor.sight import look
from chain.executor.signing import Signing
from chain.executor.tables import Tables
from chain.instructions import PotProgram
from chain.pot import Pot
from events.types import FundPot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chain.executor.order import Order, Wish
    from chain.executor.protocol import Step
    from chain.executor.tools import Tools
    from chain.ports import Moment
    from events.types import AttemptSigned, MovementJudged, TableMade

# How often a resting client looks whether time has passed otherwise than it thought.
PAUSE_MS_MAX: Final = 5_000
PAUSE_MS_MIN: Final = 2

Ends = list[tuple[Entry, Done | Failed]]


class ClientWork:
    """Brings about the orders of one client, each at most once."""

    def __init__(self, client: str, tools: Tools, tables: tuple[TableMade, ...] = ()) -> None:
        self._client, self._tools, self._options = client, tools, tools.options
        self._signing = Signing(client, tools)
        self._tables = Tables(client, tools, tables)
        funder = None if tools.funder is None else tools.funder.address
        self._keys = Keys(tools.mint, funder, None if tools.spender is None else tools.spender.address)
        self._entries: dict[tuple[int, int], Entry] = {}
        self._changed = asyncio.Event()
        self._draining = False
        self.is_busy = True
        """Whether something may want to be committed at any moment."""

    def add(self, order: Order, attempts: tuple[AttemptSigned, ...] = ()) -> None:
        """Take an order, with all that was ever signed for it."""
        self.is_busy = True
        gather_ms = 0 if attempts else self._options.gather_ms
        in_order = sorted(attempts, key=lambda one: one.attempt)
        self._entries[order.place] = Entry(order, in_order, clock_ms() + gather_ms)
        self._changed.set()

    def drain(self) -> None:
        """Begin nothing more; what has left is durable, and is followed by whoever starts next."""
        self._draining = True
        self._changed.set()

    async def run(self) -> None:
        """Work until every order has its outcome, or until drained."""
        while self._entries and not self._draining:
            self._changed.clear()
            due, pause_ms = self._due()
            if not due:
                await self._rest(pause_ms)
                continue
            async with self._tools.gate:
                await self._round(due)

    # ---- when
    def _due(self) -> tuple[list[Entry], int]:
        """Return whom to look at now, or how long nobody wants to be."""
        now_ms = clock_ms()
        turns = list(self._turns())
        self._hear_people(turns, now_ms)
        due = [entry for entry in turns if entry.due_ms <= now_ms]
        if due:
            return self._some(due), 0
        return [], min((entry.due_ms for entry in turns), default=now_ms) - now_ms

    def _hear_people(self, turns: Iterable[Entry], now_ms: int) -> None:
        """Look at once, and only once, at what is stuck and has been judged since."""
        for entry in turns:
            if entry.is_stuck and self._judged(entry.order.wish) is not None:
                entry.is_stuck, entry.due_ms = False, now_ms

    def _judged(self, wish: Wish) -> MovementJudged | None:
        if not isinstance(wish, Movement):
            return None
        return self._tools.judgement(self._client, wish.movement_id)

    def _turns(self) -> Iterable[Entry]:
        """Leave out what waits for an earlier order: a pot is paused and resumed in the order of the log."""
        switched: set[str] = set()
        for entry in self._entries.values():
            if isinstance(entry.order.wish, Switch):
                if entry.order.wish.pot in switched:
                    continue
                switched.add(entry.order.wish.pot)
            yield entry

    def _some(self, due: Sequence[Entry]) -> list[Entry]:
        """Return as many as go into a round: new ones do not wait for old ones, nor the other way round."""
        size = self._options.at_once_max
        new, old = ([one for one in due if bool(one.attempts) is is_old] for is_old in (False, True))
        first = heapq.nsmallest(max(size // 2, size - len(old)), new, key=_by_due)
        return first + heapq.nsmallest(size - len(first), old, key=_by_due)

    async def _rest(self, pause_ms: int) -> None:
        self.is_busy = False
        await wait_for(self._changed, min(max(pause_ms, PAUSE_MS_MIN), PAUSE_MS_MAX))
        self.is_busy = True

    # ---- one time round
    async def _round(self, due: Sequence[Entry]) -> None:
        ends = self._unseen(due)
        over = {entry for entry, _ in ends}
        entries = [entry for entry in due if entry not in over]
        found = await self._look(entries)
        if found is not None:
            moment, seen = found
            self._learn(seen)
            await self._go_on(seen, moment, ends)
            await self._tables.tend(due[0].order, moment)
        await self._finish(ends)

    def _unseen(self, due: Sequence[Entry]) -> Ends:
        """Return the orders that need not be looked at."""
        now_ms = self._tools.time.now_ms()
        verdicts = (
            (entry, protocol.before_looking(entry.order.wish, entry.attempts, now_ms, self._keys))
            for entry in due
        )
        return [(entry, verdict) for entry, verdict in verdicts if verdict is not None]

    async def _look(self, entries: Sequence[Entry]) -> tuple[Moment, Sequence[Entry]] | None:
        """Find out how things stand; return the orders for which that is known now."""
        if not entries:
            return None
        try:
            moment = await self._tools.chain.finalized()
        except ChainError as error:
            self._postpone(entries, error)
            return None
        seen = await self._see(entries, moment)
        if seen:
            self._tools.watch.reached(self._client)
        return moment, seen

    async def _see(self, entries: Sequence[Entry], moment: Moment) -> Sequence[Entry]:
        """Look at pots; one of which endpoints tell different things holds up nobody else."""
        try:
            await look(self._tools.chain, self._tools.program, entries, moment)
        except WrongChain as error:
            if len(entries) > 1:
                return [one for half in halves(entries) for one in await self._see(half, moment)]
            self._postpone(entries, error)
            return []
        except ChainError as error:
            self._postpone(entries, error)
            return []
        return entries

    def _postpone(self, entries: Sequence[Entry], error: ChainError) -> None:
        self._tools.watch.trouble(self._client, error, len(entries))
        for entry in entries:
            entry.failures += 1
            entry.due_ms = clock_ms() + self._options.retry.delay_after(entry.failures)

    async def _go_on(self, entries: Sequence[Entry], moment: Moment, ends: Ends) -> None:
        signing: list[Entry] = []
        resending: list[Entry] = []
        for entry in entries:
            self._take(entry, self._decide(entry, moment), ends, signing, resending)
        await self._resend(resending)
        if signing and not self._draining:
            ends.extend(await self._begin(signing))

    def _decide(self, entry: Entry, moment: Moment) -> Step:
        situation = entry.situation(self._tools.time.now_ms(), moment, self._keys)
        wish = entry.order.wish
        if isinstance(wish, Movement):
            step = protocol.decide(wish, situation)
            return after_judgement(wish, step, self._judged(wish), situation.slot)
        return switches.decide(wish, situation)

    def _take(
        self, entry: Entry, step: Step, ends: Ends, signing: list[Entry], resending: list[Entry]
    ) -> None:
        entry.due_ms, entry.is_stuck = clock_ms() + self._options.look_ms, isinstance(step, Stuck)
        match step:
            case Done() | Failed():
                ends.append((entry, step))
            case SignAnew():
                signing.append(entry)
            case Resend():
                resending.append(entry)
            case Wait():
                self._tell_what_lacks(entry)
            case Stuck(detail):
                entry.due_ms += self._options.person_ms
                self._tools.watch.stuck(entry.order, detail)
            case _ as never:
                assert_never(never)

    def _tell_what_lacks(self, entry: Entry) -> None:
        lacking = self._keys.lacking(entry.order.wish)
        if lacking is not None:
            self._tools.watch.trouble(self._client, NotConfigured(f"there is no key of the {lacking}"), 1)

    # ---- send and end
    async def _begin(self, entries: Sequence[Entry]) -> Ends:
        if self._keys.funder is None:
            return []
        program = PotProgram(self._tools.program, self._tools.mint)
        recipe = Recipe(program, Payers(self._keys.funder, self._keys.spender), self._tables.usable)
        return list(await self._signing.begin(entries, recipe))

    async def _resend(self, entries: Sequence[Entry]) -> None:
        """Send again what may land yet, each transaction once for all orders in it."""
        now_ms = clock_ms()
        raws: dict[str, int] = {}
        for entry in entries:
            if entry.resend_ms <= now_ms:
                entry.resend_ms = now_ms + self._options.resend_ms
                raw = entry.attempts[-1].raw
                raws[raw] = raws.get(raw, 0) + 1
        await asyncio.gather(
            *(self._signing.send(base64.b64decode(raw), orders) for raw, orders in raws.items())
        )

    def _learn(self, entries: Iterable[Entry]) -> None:
        """Take note of the addresses that a lookup table would have."""
        for entry in entries:
            wish = entry.order.wish
            if isinstance(wish, FundPot) and isinstance(entry.pot, Pot):
                self._tables.note(wish, entry.pot)

    async def _finish(self, ends: Ends) -> None:
        if not ends:
            return
        now_ms = self._tools.time.now_ms()
        told = [(entry, outcome(entry, end, now_ms)) for entry, end in ends]
        await self._tools.journal.finish([(entry.order, fact) for entry, fact in told])
        for entry, fact in told:
            del self._entries[entry.order.place]
            self._tools.watch.ended(entry.order, fact, len(entry.attempts))


def _by_due(entry: Entry) -> int:
    return entry.due_ms
