"""The worker of a simulation: the real shell and the real decider, repeated from what is committed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from faust.types import TP

from proof.treasury.log import Write
from streams.engine.batch import Batch
from streams.engine.values import VERSION_BYTES
from streams.shell import Processed, Shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.decision import Row
    from proof.treasury.log import Log
    from proof.treasury.trouble import Trouble
    from streams.agent import Agent

ROLE = "worker"
BATCH_MAX = 6


class Worker:
    """Decides what comes, a batch after the other; a crash anywhere leaves what was committed."""

    def __init__(self, agent: Agent, log: Log, trouble: Trouble) -> None:
        self.agent, self.shell = agent, Shell(agent)
        self.log, self.trouble = log, trouble
        self.rows: dict[bytes, bytes] = {}
        self.commit: Callable[[Processed, int], None] = self.commit_whole

    async def run(self) -> None:
        """Decide for ever."""
        while True:
            if not self.turn():
                self.log.news.clear()
                await self.log.news.wait()
            await asyncio.sleep(self.trouble.dice.choice((0.0, 0.0, 0.01, 0.2)))

    def turn(self) -> bool:
        """Decide the next batch; say whether there was one."""
        position = self.log.positions[ROLE]
        found = self.log.topics[self.agent.topic][
            position : position + self.trouble.dice.randint(1, BATCH_MAX)
        ]
        if not found:
            return False
        processed = self.shell.process(Batch(TP(self.agent.topic, 0), found), self.rows.get)
        if self.trouble.strikes("worker crash", "before its commit"):
            return True
        self.commit(processed, found[-1].offset() + 1)
        return True

    def commit_whole(self, processed: Processed, position: int) -> None:
        """Commit outputs, rows and position at once."""
        writes = [
            Write(send.topic, send.key or b"", send.value or b"", list(send.headers or ()))
            for send in processed.sends
        ]
        self.log.commit(ROLE, self.log.epochs[ROLE], writes, position=position)
        for write in writes:
            self.trouble.tell(f"{write.topic}: {_words(write)}")
        for key, value in processed.rows.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value

    def row(self, key: bytes) -> Row | None:
        """Return a row of the decider's."""
        value = self.rows.get(key)
        return None if value is None else self.shell.row(value)

    def all_rows(self) -> dict[bytes, Row]:
        """Return all rows of the decider's."""
        return {
            key: self.shell.row(value)
            for key, value in self.rows.items()
            if not key.startswith(b"\0") and len(value) > VERSION_BYTES
        }


def _words(write: Write) -> str:
    headers = dict(write.headers)
    return f"{bytes(headers['ce_type']).decode()} {write.value.decode()[:300]}"
