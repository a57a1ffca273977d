"""Hooks at the engine's steps, laid around it from outside: say the step, pause a little, stop at a trap."""

import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Producer

from proof.chaos.journal import Journal
from streams.engine import consumer
from streams.engine.rounds import Fetched, Rounds
from streams.engine.tables import Tables
from streams.engine.transaction import Transactions

PAUSE_CHANCE = 0.3


def swap(owner: Any, name: str, replacement: object) -> None:  # noqa: ANN401 - a class or a module
    """Put something of ours in the place of something of the engine, in this process alone."""
    setattr(owner, name, replacement)


@dataclass
class Steps:
    """Where a worker is, and what happens to it there."""

    journal: Journal
    random: random.Random
    pause_seconds_max: float
    trap: str | None = None
    trap_round: int = 0
    linger_seconds: float = 0.0
    """How long a worker that was stopped at its trap waits before it goes on."""

    def at(self, step: str) -> None:
        """Come to a step."""
        self.journal.write(step)
        if step == self.trap and self.journal.rounds() >= self.trap_round:
            self.trap = None
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(self.linger_seconds)
        if self.pause_seconds_max and self.random.random() < PAUSE_CHANCE:
            time.sleep(self.random.uniform(0, self.pause_seconds_max))

    def linger(self) -> None:
        """Widen the window that a removed safeguard opens."""
        time.sleep(self.random.uniform(0, 4 * self.pause_seconds_max))

    def install(self) -> None:
        """Lay the hooks around the engine of this process."""
        self._around_rounds()
        self._before_restore()
        swap(consumer, "Transactions", lambda options: Transactions(options, self._producer))
        committed, steps = Tables.committed, self

        def then_committed(tables: Tables, ends: Any, newest: Any) -> None:  # noqa: ANN401 - passed on
            steps.at("committed")
            committed(tables, ends, newest)

        swap(Tables, "committed", then_committed)

    def _before_restore(self) -> None:
        restore, steps = Tables.restore, self

        def hooked(tables: Tables, *arguments: Any) -> int:  # noqa: ANN401 - passed on
            steps.at("restoring")
            return restore(tables, *arguments)

        swap(Tables, "restore", hooked)

    def _around_rounds(self) -> None:
        run, steps = Rounds.run, self

        async def hooked(rounds: Rounds, fetched: Sequence[Fetched]) -> None:
            steps.journal.count()
            steps.at("deciding")
            await run(rounds, fetched)
            steps.at("idle")

        swap(Rounds, "run", hooked)

    def _producer(self, conf: dict[str, Any]) -> Any:  # noqa: ANN401 - in the client's place
        return SteppingProducer(Producer(conf), self)


class SteppingProducer:
    """The client's producer with a hook before each call of a transaction."""

    def __init__(self, client: Any, steps: Steps) -> None:  # noqa: ANN401 - the client
        self._client, self._steps = client, steps

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        return getattr(self._client, name)

    def begin_transaction(self) -> None:
        """Begin, with a hook on both sides."""
        self._steps.at("begin")
        self._client.begin_transaction()
        self._steps.at("writing")

    def send_offsets_to_transaction(self, *arguments: Any) -> None:  # noqa: ANN401 - passed on
        """Add the offsets, after a hook."""
        self._steps.at("offsets")
        self._client.send_offsets_to_transaction(*arguments)

    def commit_transaction(self, *arguments: Any) -> None:  # noqa: ANN401 - passed on
        """Commit, after a hook."""
        self._steps.at("committing")
        self._client.commit_transaction(*arguments)
