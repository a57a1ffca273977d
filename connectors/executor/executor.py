"""The executor: gives each command for a platform to its account's work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from connectors.executor import attempts as attempts_
from connectors.executor.account import AccountWork, Tools
from connectors.executor.command import read
from connectors.executor.entry import Entry
from connectors.executor.records import parked_record
from connectors.executor.watch import ExecutorWatch
from events.errors import Unreadable
from infra.commands.loop import CommandLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.executor.command import Command
    from connectors.executor.options import ExecutorOptions
    from connectors.ports import Platform
    from events.types import CommandAttempted
    from infra.health import Health
    from infra.world_time import WorldTime


class Executor:
    """Runs until it is told to drain, or something fails; a failure ends the process."""

    def __init__(
        self,
        options: ExecutorOptions,
        platforms: Mapping[str, Platform],
        time: WorldTime,
        health: Health,
    ) -> None:
        self._options, self._platforms, self._time = options, platforms, time
        watch = ExecutorWatch(health, time)
        self._loop: CommandLoop[CommandAttempted, AccountWork] = CommandLoop(options, self, watch)
        gate = asyncio.Semaphore(options.accounts_at_once_max)
        self._tools = Tools(options, time, self._loop.commits, watch, gate)

    @property
    def is_hanging(self) -> bool:
        """Whether a thread of this process never came back, so that only the process's end ends it."""
        return self._loop.is_hanging

    def drain(self) -> None:
        """Take no more commands, and end when those under way have."""
        self._loop.drain()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Bring commands about until drained."""
        await self._loop.run(on_ready)

    # ---- for the loop
    def read_attempt(self, message: Any) -> tuple[int, CommandAttempted] | None:  # noqa: ANN401 - the client's message
        """Return an attempt, and its command's offset."""
        return attempts_.read(self._options.topics, message)

    def prepare(self, partitions: Sequence[int]) -> None:
        """Know all that is needed from the attempts."""

    def begin(self, partitions: Sequence[int]) -> None:
        """Do nothing beside the commands."""

    def take(self, message: Any, attempts: tuple[CommandAttempted, ...], *, is_open: bool) -> None:  # noqa: ANN401 - the client's message
        """Hear a command, and give it to its account's work if it has no outcome yet."""
        try:
            command = read(message.headers(), message.value(), message.partition(), message.offset())
        except Unreadable as error:
            if is_open:
                letter = parked_record(self._options.topics, message, error)
                self._loop.park(message, letter, error.reason, error.detail)
            return
        self._tools.own.hear(command)
        if is_open:
            work = self._loop.work(command.envelope.subject, lambda: self._work(command))
            work.add(self._entry(command, attempts))

    def _entry(self, command: Command, attempts: tuple[CommandAttempted, ...]) -> Entry:
        entry = Entry(command, self._time.now_ms() + self._options.give_up_after_ms)
        if attempts:
            # Its write may have left just before its executor died.
            entry.attempt = attempts[-1]
            entry.settles_ms = entry.attempt.at_ms + self._options.settle_ms
        return entry

    def _work(self, command: Command) -> AccountWork:
        platform = self._platforms.get(command.platform)
        return AccountWork(command.platform, command.account, platform, self._tools)
