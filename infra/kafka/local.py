"""A local Kafka of one broker or more in one folder of data."""

from __future__ import annotations

import base64
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from infra import address
from infra.folder import FolderLock
from infra.kafka import ports
from infra.kafka.broker import Broker, Runtime
from infra.kafka.errors import BrokerFailed
from infra.kafka.jars import ensure_jars
from infra.kafka.java import find_java
from infra.kafka.readiness import NotReady, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    Progress = Callable[[str], None]

# Ready takes seconds, a dozen for three on two busy cores; a minute allows for worse.
READY_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 15
# A port can be taken between its choice and its use, and brokers of a killed parent need a moment to die.
START_ATTEMPTS_MAX = 3
_WORTH_ANOTHER_START = frozenset({"port-taken", "folder-busy"})


class LocalKafka:
    """Apache Kafka on loopback; its brokers die with this process, but not by Ctrl-C in its terminal.

    `short_lived` brokers start with half the CPU time and serve slower: for tests that measure no speed.
    """

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        *,
        port: int | None = None,
        heap_mib: int = 512,
        short_lived: bool = False,
    ) -> None:
        self.folder = folder.absolute()
        self.size = brokers
        self._asked = [port + index for index in range(brokers)] if port else None
        self._heap_mib = heap_mib
        self._short_lived = short_lived
        self._lock = FolderLock(self.folder)
        self._ports: list[tuple[int, int]] = []
        self._brokers: list[Broker] = []

    @property
    def bootstrap(self) -> str:
        """Return the address of all brokers, for clients."""
        if not self._ports:
            raise RuntimeError("the local Kafka was not started, so it has no address yet")
        return ",".join(f"{ports.HOST}:{client}" for client, _ in self._ports)

    def start(self, progress: Progress | None = None) -> None:
        """Start all brokers and return when they serve; the data of earlier starts is there again."""
        say = progress or (lambda _words: None)
        self._lock.acquire()
        try:
            say("looking for Java")
            java = find_java()
            runtime = Runtime(java, ensure_jars(progress), self._heap_mib, self._short_lived)
            self._brokers = [
                Broker(index, self.folder / f"broker-{index + 1}", runtime) for index in range(self.size)
            ]
            say("starting Kafka")
            self._start_all()
        except OSError as error:
            self.stop()
            raise BrokerFailed(
                f"Kafka cannot use its folder {self.folder}: {error.strerror or error}.",
                "Free some space or give this user the right to write, or choose another --data-dir.",
            ) from error
        except BaseException:
            self.stop()
            raise
        say("Kafka is ready")

    def stop(self) -> None:
        """End all brokers side by side (one after the other they would wait for each other)."""
        for broker in self._brokers:
            broker.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for broker in self._brokers:
            if not broker.wait(max(0, int(deadline - time.monotonic()))):
                broker.kill()
                broker.wait(STOP_TIMEOUT_SECONDS)
        self._lock.release()

    def kill(self, broker_index: int) -> None:
        """End one broker at once, as a crash would (SIGKILL)."""
        self._brokers[broker_index].kill()
        self._brokers[broker_index].wait(STOP_TIMEOUT_SECONDS)

    def restart(self, broker_index: int) -> None:
        """Start one broker again, on its own data and ports; return when it serves."""
        broker = self._brokers[broker_index]
        broker.terminate()
        if not broker.wait(STOP_TIMEOUT_SECONDS):
            self.kill(broker_index)
        broker.start()
        self._wait([index for index, one in enumerate(self._brokers) if one.alive])

    def alive(self, broker_index: int | None = None) -> bool:
        """Say whether that broker's process runs; without an index, whether all do."""
        chosen = self._brokers if broker_index is None else [self._brokers[broker_index]]
        return bool(chosen) and all(broker.alive for broker in chosen)

    def pid(self, broker_index: int = 0) -> int | None:
        """Return the process id of a broker while it runs."""
        return self._brokers[broker_index].pid

    def exit_reason(self, broker_index: int | None = None) -> str | None:
        """Say in words why that broker (or the first one that did) ended; None while it runs."""
        chosen = self._brokers if broker_index is None else [self._brokers[broker_index]]
        failures = [failure for broker in chosen if (failure := _failure(broker))]
        return str(failures[0]) if failures else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _start_all(self) -> None:
        for attempt in range(1, START_ATTEMPTS_MAX + 1):
            self._ports = ports.choose(self.folder, self.size, self._asked)
            address.write(self.folder, self.bootstrap)
            self._prepare()
            for broker in self._brokers:
                broker.start()
            try:
                self._wait(range(self.size))
            except BrokerFailed:
                causes = {cause.kind for broker in self._brokers if (cause := broker.exit_cause())}
                if attempt == START_ATTEMPTS_MAX or not causes & _WORTH_ANOTHER_START:
                    raise
                self._end_what_started()
                continue
            return

    def _prepare(self) -> None:
        for broker in self._brokers:
            broker.configure(self._ports)
        fresh = [broker for broker in self._brokers if not broker.formatted]
        if fresh:
            cluster_id = self._cluster_id()
            with ThreadPoolExecutor(len(fresh)) as pool:
                list(pool.map(lambda broker: broker.format(cluster_id), fresh))

    def _cluster_id(self) -> str:
        path = self.folder / "cluster-id"
        if not path.exists():
            # Kafka refuses an id that begins with "-", which base64 can do; a letter in front never does.
            text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            path.write_text(f"H{text[1:]}", encoding="ascii")
        return path.read_text(encoding="ascii")

    def _wait(self, indexes: Sequence[int]) -> None:
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        try:
            wait_until_ready(
                [self._ports[index][0] for index in indexes],
                deadline,
                lambda: all(self._brokers[index].alive for index in indexes),
            )
        except NotReady as error:
            for index in indexes:
                if failure := _failure(self._brokers[index]):
                    raise failure from error
            raise BrokerFailed(
                f"Kafka did not serve within {READY_TIMEOUT_SECONDS} s.",
                f"The machine may be too busy; else read {self._brokers[0].log_path}.",
            ) from error

    def _end_what_started(self) -> None:
        for broker in self._brokers:
            broker.kill()
            broker.wait(STOP_TIMEOUT_SECONDS)
        if self._asked is None:
            ports.forget(self.folder)


def _failure(broker: Broker) -> BrokerFailed | None:
    cause = broker.exit_cause()
    if cause is None:
        return None
    return BrokerFailed(f"Kafka's broker {broker.index + 1} ended: {cause.what}.", cause.next_step)
