"""Kills workers with SIGKILL on a seeded schedule: not evenly, and some while they are restarting."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not re-exported in its types
    AdminClient,
    OffsetSpec,
)

from streams.engine.errors import KafkaAway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.supervisor import Status, Supervisor
    from streams.engine.options import KafkaConf

# The first and last kills leave the workers this share of the run, in thousandths.
FIRST_PERMILLE, LAST_PERMILLE = 120, 880
# Every third kill hits the worker of the kill before again, so long after its new process began.
AGAIN_EACH = 3
AGAIN_MS_MIN, AGAIN_MS_MAX = 200, 1_200
# A transaction that is open at both looks belongs to nobody who runs: rounds take milliseconds.
LOOK_AGAIN_SECONDS = 0.08
TRIES_MAX = 20
CALL_SECONDS = 5.0
WHY = "was killed by the demo"


@dataclass(frozen=True, slots=True)
class Planned:
    """A kill to come; one of a restarting worker waits for the new process of the worker killed before."""

    due_ms: int
    worker: int
    again_after_ms: int | None = None


@dataclass(slots=True)
class Kill:
    """A kill that was done."""

    worker: str
    pid: int
    at_ms: int
    """Milliseconds of the wall clock."""
    while_restarting: bool
    open_partitions: int = 0
    """How many partitions hold rows of the round that it cut off."""
    back_ms: int | None = None


def schedule(seed: int, *, kills: int, workers: int, run_ms: int) -> list[Planned]:
    """Return when to kill which worker."""
    chance = random.Random(seed + 2)  # noqa: S311 - a schedule to be repeated, no secret
    first, last = run_ms * FIRST_PERMILLE // 1_000, run_ms * LAST_PERMILLE // 1_000
    planned: list[Planned] = []
    slot_ms = (last - first) // max(kills, 1)
    for number in range(kills):
        if number % AGAIN_EACH == AGAIN_EACH - 1:
            before = planned[-1]
            delay_ms = chance.randrange(AGAIN_MS_MIN, AGAIN_MS_MAX)
            planned.append(Planned(before.due_ms, before.worker, delay_ms))
        else:
            due_ms = first + number * slot_ms + chance.randrange(max(slot_ms, 1))
            planned.append(Planned(due_ms, chance.randrange(workers)))
    return planned


class Killer:
    """Does what the schedule says; a worker that has no process at the moment is waited for.

    A working worker is stopped (SIGSTOP), and killed if that caught it in the middle of a round, with rows
    written and not committed; if not, it goes on and is stopped again a moment later, some times at most.
    """

    def __init__(
        self, planned: Sequence[Planned], supervisor: Supervisor, transactions: OpenTransactions
    ) -> None:
        self.done: list[Kill] = []
        self._todo = list(planned)
        self._supervisor = supervisor
        self._transactions = transactions
        self._tries = 0

    @property
    def is_through(self) -> bool:
        """Whether nobody is left to be killed."""
        return not self._todo

    def step(self, elapsed_ms: int) -> Kill | None:
        """Do the next kill if it is due and its worker is caught, and return it."""
        if not self._todo or elapsed_ms < self._todo[0].due_ms:
            return None
        planned = self._todo[0]
        status = self._supervisor.statuses()[planned.worker]
        if status.pid is None or not self._is_wanted(planned, status):
            return None
        is_ready, caught = status.state == "ready", 0
        if is_ready:
            caught = self._catch(status.pid)
            if not caught and self._tries < TRIES_MAX:
                return None
        self._todo.pop(0)
        self._tries = 0
        kill = Kill(status.role, status.pid, wall_ms(), not is_ready, caught)
        self._supervisor.replace(status.role, status.pid, WHY)
        self.done.append(kill)
        return kill

    def _is_wanted(self, planned: Planned, status: Status) -> bool:
        if planned.again_after_ms is None:
            return status.state == "ready"
        is_new = status.pid != self.done[-1].pid
        return is_new and (status.state == "ready" or (status.up_ms or 0) >= planned.again_after_ms)

    def _catch(self, pid: int) -> int:
        """Stop a worker; return in how many partitions a round is open, and let it go on if in none."""
        self._tries += 1
        # A process that has just ended by itself has nothing open.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            if caught := self._transactions.look():
                return caught
            os.kill(pid, signal.SIGCONT)
        return 0


class OpenTransactions:
    """Says in how many partitions of a topic a transaction stands open that nobody goes on with."""

    def __init__(self, conf: KafkaConf, topic: str, partitions: Sequence[int]) -> None:
        self._admin = AdminClient({**conf, "log_level": 0})
        self._partitions = [TopicPartition(topic, partition) for partition in partitions]
        # What a killed worker left open stays so until it is back, and is not to be counted again.
        self._left: set[tuple[int, int]] = set()

    def look(self) -> int:
        """Look twice, a moment apart: what a living worker has open has moved on by then."""
        before = self._open()
        if before:
            time.sleep(LOOK_AGAIN_SECONDS)
            before &= self._open()
        found = before - self._left
        self._left |= found
        return len(found)

    def _open(self) -> set[tuple[int, int]]:
        """Return the partitions with uncommitted records, each with where those begin."""
        end, stable = (
            self._ask(level) for level in (IsolationLevel.READ_UNCOMMITTED, IsolationLevel.READ_COMMITTED)
        )
        return {(partition, stable[partition]) for partition in stable if stable[partition] < end[partition]}

    def _ask(self, level: IsolationLevel) -> dict[int, int]:
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # the client has no type for it
        asked = dict.fromkeys(self._partitions, latest)
        futures = self._admin.list_offsets(asked, isolation_level=level, request_timeout=CALL_SECONDS)
        try:
            return {one.partition: future.result().offset for one, future in futures.items()}
        except KafkaException as error:
            raise KafkaAway("the demo's Kafka", CALL_SECONDS, error.args[0].str()) from error


def wall_ms() -> int:
    """Return the wall clock, by which the log's records are stamped too."""
    return time.time_ns() // 1_000_000
