"""Tells the treasury what the finalized chain has of its pots, and what currencies are worth."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chain.errors import ChainError
from chain.executor.clock import clock_ms, wait_for
from chain.executor.observed import is_same, see_all, untold
from chain.executor.rates import Rates
from chain.executor.snapshots import look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from chain.executor.known import Known
    from chain.executor.options import WatchOptions
    from chain.instructions import PotProgram
    from chain.ports import Chain
    from events.types import FxRateSet, PotMoved, PotsObserved
    from infra.commands.reading import Tail
    from infra.world_time import WorldTime

    Tell = Callable[[str, Sequence[PotsObserved | PotMoved | FxRateSet]], Awaitable[None]]


class Observer(Protocol):
    """Who is told how watching goes, for metrics, health and log lines."""

    def observed(self, seen: PotsObserved) -> None:
        """Note that pots were looked at."""
        ...

    def unobserved(self, client: str, error: ChainError) -> None:
        """Note that a client's pots could not be looked at; they are looked at again soon."""
        ...

    def wrong_pots(self, client: str, pots: Sequence[str]) -> None:
        """Note which pots are not what they must be; none is good news."""
        ...


@dataclass(frozen=True, slots=True)
class WatchTools:
    """What watching needs around it."""

    options: WatchOptions
    chain: Chain
    program: PotProgram
    time: WorldTime
    observer: Observer


class PotWatcher:
    """Looks at the pots of all clients in turn, and at once at those of whom something has just ended."""

    def __init__(self, tools: WatchTools, known: Known, open_tail: Callable[[], Tail], tell: Tell) -> None:
        self._options, self._time, self._observer = tools.options, tools.time, tools.observer
        self._tools, self._known, self._open_tail, self._tell = tools, known, open_tail, tell
        self._rates = Rates(tools.options.rates)
        self._due_ms: dict[str, int] = dict.fromkeys(known.clients(), 0)
        self._least_slots: dict[str, int] = {}
        self._last: dict[str, tuple[int, tuple[PotsObserved, ...]]] = {}
        self._told: dict[str, int] = {}
        self._failures = 0
        self._changed, self._draining = asyncio.Event(), False
        self.is_busy = False
        """Whether something may want to be committed at any moment."""

    def ask(self, client: str, slot: int) -> None:
        """Look at a client's pots soon, as they were at this slot or later."""
        self._least_slots[client] = max(self._least_slots.get(client, 0), slot)
        if client in self._due_ms:
            self._due_ms[client] = 0
        self._changed.set()

    def drain(self) -> None:
        """Look no more."""
        self._draining = True
        self._changed.set()

    async def run(self) -> None:
        """Look until drained."""
        tail = self._open_tail()
        try:
            while not self._draining:
                self._changed.clear()
                self._hear(tail)
                await self._look_at_all()
                await self._rest()
        finally:
            await tail.close()

    def _hear(self, tail: Tail) -> None:
        """Learn of pots that were opened since."""
        for message in tail.read():
            client = self._known.take(message)
            if client is not None and self._known.pots(client):
                self._due_ms[client] = 0

    async def _rest(self) -> None:
        await wait_for(self._changed, self._options.known_ms)

    async def _look_at_all(self) -> None:
        """Look at those whose turn it is, until there is trouble or the end."""
        due = [client for client, moment_ms in self._due_ms.items() if moment_ms <= clock_ms()]
        self.is_busy = bool(due)
        for client in due:
            if self._draining:
                break
            try:
                await self._look_at(client)
            except ChainError as error:
                self._observer.unobserved(client, error)
                self._failures += 1
                self._due_ms[client] = clock_ms() + self._options.retry.delay_after(self._failures)
                break
            self._failures = 0
        self.is_busy = False

    async def _look_at(self, client: str) -> None:
        # Before the look: whatever ends meanwhile asks for another one.
        self._due_ms[client] = clock_ms() + self._options.observe_ms
        now_ms = self._time.now_ms()
        rates = self._rates.due(client, now_ms)
        if rates:
            await self._tell(client, rates)
            self._rates.told(client, now_ms)
        least = self._least_slots.get(client, 0)
        shown, is_one_slot = await look(self._tools.chain, self._known.pots(client), least)
        seen = see_all(self._tools.program, shown, self._time.now_ms(), is_one_slot=is_one_slot)
        for part in seen:
            await self._tell_movements(client, part.movements)
        await self._tell_how_it_is(client, [part.observed for part in seen])
        slot = max(snapshot.slot for _, snapshot in shown)
        self._least_slots[client] = max(self._least_slots.get(client, 0), slot)
        self._observer.observed(seen[-1].observed)
        self._observer.wrong_pots(client, [one for part in seen for one in part.wrong])

    async def _tell_movements(self, client: str, movements: Sequence[PotMoved]) -> None:
        news = untold(movements, self._told)
        if news:
            await self._tell(client, news)
        for one in news:
            self._told[one.pot] = max(one.seen.sequence, self._told.get(one.pot, -1))

    async def _tell_how_it_is(self, client: str, observed: Sequence[PotsObserved]) -> None:
        """Tell all parts, if any of them is not what was told before: of one slot they make a whole."""
        told_ms, last = self._last.get(client, (0, ()))
        is_news = len(last) != len(observed) or not all(map(is_same, last, observed))
        if is_news or clock_ms() - told_ms >= self._options.repeat_ms:
            await self._tell(client, observed)
            self._last[client] = clock_ms(), tuple(observed)
