"""One account's commands: look, decide, make the intent durable, write, look again, tell the outcome."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Final, assert_never

from connectors.errors import NotConfigured, Partial, PlatformError, Transient
from connectors.executor import records
from connectors.executor.decision import Act, Applied, GaveUp, LookAgain, Superseded, before_looking, decide
from connectors.executor.own_budgets import OwnBudgets
from connectors.executor.troubles import REFUSED, Wait, judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.executor.entry import Entry
    from connectors.executor.options import ExecutorOptions
    from connectors.executor.records import Outcome
    from connectors.executor.watch import ExecutorWatch
    from connectors.ports import Platform
    from infra.commands.commits import Commits
    from infra.world_time import WorldTime

# Longer than any answer may take, with the wait for a quota before it.
LOOK_SECONDS_MAX: Final = 90
# However fast the world's time runs, a command is not looked at more often than this.
PAUSE_SECONDS_MIN: Final = 0.02
# How often a waiting account looks whether it should end, or time has passed otherwise than it thought.
PAUSE_SECONDS_MAX: Final = 5

Ends = list[tuple["Entry", "Outcome"]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What all accounts of an executor share."""

    options: ExecutorOptions
    time: WorldTime
    commits: Commits
    watch: ExecutorWatch
    gate: asyncio.Semaphore
    own: OwnBudgets = field(default_factory=OwnBudgets)


class AccountWork:
    """Brings about the commands of one account, a campaign's in their order."""

    def __init__(self, name: str, account: str, platform: Platform | None, tools: Tools) -> None:
        self._name, self._account, self._platform, self._tools = name, account, platform, tools
        self._options, self._time = tools.options, tools.time
        self._entries: list[Entry] = []
        self._changed = asyncio.Event()
        self._draining = False
        self.is_busy = True
        """Whether something may want to be committed at any moment."""

    def add(self, entry: Entry) -> None:
        """Take a command; those of a campaign come in their order."""
        self.is_busy = True
        self._entries.append(entry)
        self._changed.set()

    def drain(self) -> None:
        """Begin nothing more; see to the end what has left."""
        self._draining = True
        self._changed.set()

    async def run(self) -> None:
        """Work until every command has its outcome, or until drained."""
        while self._entries:
            self._changed.clear()
            if self._draining and not any(entry.is_written for entry in self._entries):
                return
            pause_ms = self._pause_ms()
            if pause_ms > 0:
                await self._rest(pause_ms)
                continue
            async with self._tools.gate:
                await self._cycle()

    # ---- when
    def _pause_ms(self) -> int:
        now_ms = self._time.now_ms()
        if self._void(now_ms):
            return 0
        return min((entry.retry_at_ms - now_ms for entry in self._heads()), default=0)

    async def _rest(self, pause_ms: int) -> None:
        seconds = min(max(self._time.our_seconds(pause_ms), PAUSE_SECONDS_MIN), PAUSE_SECONDS_MAX)
        self.is_busy = False
        with suppress(TimeoutError):  # the pause is over
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        self.is_busy = True

    def _heads(self) -> list[Entry]:
        """Return the open command of each campaign that comes first.

        That is the oldest; but a pause is not kept waiting by budgets for which nothing was written yet.
        """
        heads: dict[str, Entry] = {}
        for entry in self._entries:
            campaign = entry.command.wish.campaign
            head = heads.setdefault(campaign, entry)
            if (
                head.command.action == "set-budget"
                and head.attempt is None
                and entry.command.action == "pause"
            ):
                heads[campaign] = entry
        return [entry for entry in heads.values() if entry.is_written or not self._draining]

    def _newest(self) -> set[Entry]:
        return set({entry.command.sets: entry for entry in self._entries}.values())

    def _void(self, now_ms: int) -> Ends:
        """Return the commands that need not be looked at."""
        if self._draining:
            return []
        newest = self._newest()
        verdicts = (
            (entry, before_looking(entry.command, entry.situation(now_ms, has_newer=entry not in newest)))
            for entry in self._entries
        )
        return [(entry, verdict) for entry, verdict in verdicts if verdict is not None]

    # ---- one time round
    async def _cycle(self) -> None:
        now_ms = self._time.now_ms()
        ends = self._void(now_ms)
        void = {entry for entry, _ in ends}
        for entry in void:
            entry.found = None  # it was not looked at now
        due = [entry for entry in self._heads() if entry.retry_at_ms <= now_ms and entry not in void]
        due = due[: self._options.campaigns_at_once_max]
        acting: list[Entry] = []
        for entry in await self._look(due, ends):
            self._judge(entry, ends, acting)
        for group in self._groups(acting):
            await self._act(group, ends)
        await self._finish(ends)

    async def _look(self, entries: Sequence[Entry], ends: Ends) -> Sequence[Entry]:
        """Find out how campaigns stand; return the commands for which that is known now."""
        if not entries:
            return []
        try:
            platform = self._connected()
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                campaigns = await platform.list_campaigns(
                    self._account, only=[entry.command.wish.campaign for entry in entries]
                )
        except TimeoutError:
            slow = Transient(self._name, f"it gave no answer within {LOOK_SECONDS_MAX} s")
            self._trouble(entries, slow, ends)
            return []
        except PlatformError as error:
            self._trouble(entries, error, ends)
            return []
        self._tools.watch.reached(self._name)
        found = {campaign.campaign: campaign for campaign in campaigns}
        for entry in entries:
            entry.found = found.get(entry.command.wish.campaign)
        return entries

    def _judge(self, entry: Entry, ends: Ends, acting: list[Entry]) -> None:
        now_ms = self._time.now_ms()
        situation = entry.situation(
            now_ms, self._tools.own.since(entry.command), has_newer=entry not in self._newest()
        )
        match decide(entry.command, situation, entry.found):
            case Act() if self._gives_way(entry):
                ends.append((entry, Superseded("newer-command")))
            case Act():
                entry.is_written = False
                if not self._draining:
                    acting.append(entry)
            case LookAgain():
                entry.looks += 1
                entry.retry_at_ms = now_ms + self._options.look.delay_after(entry.looks)
            case (Applied() | GaveUp() | Superseded()) as outcome:
                ends.append((entry, outcome))
            case _ as never:
                assert_never(never)

    def _gives_way(self, entry: Entry) -> bool:
        """Say whether a budget that was written in vain is not tried again, since a pause waits behind it."""
        return (
            entry.command.action == "set-budget"
            and entry.attempt is not None
            and any(
                other.command.action == "pause" and other.command.wish.campaign == entry.command.wish.campaign
                for other in self._entries
            )
        )

    def _groups(self, acting: Sequence[Entry]) -> Iterator[list[Entry]]:
        """Cut writes into calls."""
        in_order = sorted(acting, key=lambda entry: entry.command.action)
        for action, entries in groupby(in_order, key=lambda entry: entry.command.action):
            same = list(entries)
            size = 1 if action == "set-budget" else self._connected().writes_max
            for start in range(0, len(same), size):
                yield same[start : start + size]

    # ---- write
    async def _act(self, group: Sequence[Entry], ends: Ends) -> None:
        """Make the intents durable, and only then write."""
        since = await self._intend(group)
        left_seconds = self._options.lease_ms / 1000 - (time.monotonic() - since)
        if left_seconds <= 0:
            # Somebody else may own these commands by now; nothing has left, and a new intent proves who does.
            self._tools.watch.retried(self._name, "lease-over")
            return
        try:
            async with asyncio.timeout(left_seconds):
                await self._write(group)
        except TimeoutError:
            self._settle(group)
            self._trouble(group, Transient(self._name, "a write was not answered in time"), ends)
        except Partial as error:
            self._settle([entry for entry in group if entry.command.wish.campaign not in error.failed])
            for entry in group:
                if entry.command.wish.campaign in error.failed:
                    self._refused([entry], error.failed[entry.command.wish.campaign], ends)
        except PlatformError as error:
            self._refused(group, error, ends)
        else:
            self._settle(group)

    async def _intend(self, group: Sequence[Entry]) -> float:
        now_ms = self._time.now_ms()
        facts = [
            records.attempt(entry.command, entry.attempts + 1, entry.found, now_ms)
            for entry in group
            if entry.found is not None
        ]
        written = [
            records.attempt_record(self._options.topics, entry.command, fact)
            for entry, fact in zip(group, facts, strict=True)
        ]
        since = await self._tools.commits.intend([entry.place for entry in group], written)
        for entry, fact in zip(group, facts, strict=True):
            entry.attempt, entry.looks, entry.settles_ms = fact, 0, 0
        return since

    async def _write(self, group: Sequence[Entry]) -> None:
        platform, first = self._connected(), group[0].command
        campaigns = [entry.command.wish.campaign for entry in group]
        match first.action:
            case "pause":
                await platform.pause(self._account, campaigns)
            case "resume":
                await platform.resume(self._account, campaigns)
            case "set-budget":
                await platform.set_budget(self._account, campaigns[0], first.wanted_micros)
            case _ as never:
                assert_never(never)

    def _settle(self, entries: Sequence[Entry]) -> None:
        """Note that a write has left: it is looked at now, and its effect may take a moment to be seen."""
        now_ms = self._time.now_ms()
        for entry in entries:
            entry.settles_ms, entry.retry_at_ms, entry.is_written = (
                now_ms + self._options.settle_ms,
                now_ms,
                True,
            )

    # ---- trouble and ends
    def _refused(self, entries: Sequence[Entry], error: PlatformError, ends: Ends) -> None:
        if not isinstance(error, REFUSED):
            self._settle(entries)
        self._trouble(entries, error, ends)

    def _trouble(self, entries: Sequence[Entry], error: PlatformError, ends: Ends) -> None:
        """Let commands wait, or end them."""
        now_ms = self._time.now_ms()
        self._tools.watch.trouble(self._name, error)
        for entry in entries:
            entry.failures += 1
            verdict = judge(entry, error, now_ms, self._options)
            if isinstance(verdict, Wait):
                entry.retry_at_ms, entry.is_written = verdict.retry_at_ms, False
                self._tools.watch.retried(self._name, error.reason)
            else:
                ends.append((entry, verdict))

    async def _finish(self, ends: Ends) -> None:
        if not ends:
            return
        now_ms = self._time.now_ms()
        await self._tools.commits.finish(
            [entry.place for entry, _ in ends],
            [records.outcome_record(self._options.topics, entry, outcome, now_ms) for entry, outcome in ends],
        )
        for entry, outcome in ends:
            self._entries.remove(entry)
            self._tools.watch.ended(entry, outcome, now_ms)

    def _connected(self) -> Platform:
        if self._platform is None:
            raise NotConfigured(self._name, "there is no connector for this platform")
        return self._platform
