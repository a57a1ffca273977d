"""One local broker: its folder, its process, and why it ended."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.child import Child, RollingLog
from infra.kafka import diagnosis
from infra.kafka.errors import BrokerFailed
from infra.kafka.properties import broker_properties, write_properties

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from infra.kafka.java import Java

# Formatting takes about a second; a machine that needs a minute for it has other troubles.
FORMAT_TIMEOUT_SECONDS = 60
FORMAT_HEAP_MIB = 128
# Only the quick compiler: half the CPU of a start, for a process that ends before the other one pays off.
SHORT_LIVED = "-XX:TieredStopAtLevel=1"

_LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What runs a broker: a Java, the jars, and how much memory."""

    java: Java
    jars: Path
    heap_mib: int
    short_lived: bool = False

    def command(self, heap_mib: int, main: str, *arguments: str, options: Sequence[str] = ()) -> list[str]:
        """Return the command line of one of Kafka's programs."""
        # The serial collector and a small start keep three brokers possible on a small machine; leaving at
        # the first OutOfMemoryError makes it a death that is seen, not a broker that limps.
        fixed = (
            f"-Xms{min(64, heap_mib)}m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-Xshare:auto",
        )
        return [
            str(self.java.path), f"-Xmx{heap_mib}m", *fixed, *options, *_LOGGING,
            "-Djava.awt.headless=true", "-cp", str(self.jars / "*"), main, *arguments,
        ]  # fmt: skip


class Broker:
    """One broker in a folder of its own; formatted once, started and stopped as often as needed."""

    def __init__(self, index: int, folder: Path, runtime: Runtime) -> None:
        self.index = index
        self.folder = folder
        self.log_path = folder / "broker.log"
        self._runtime = runtime
        self._run: _Run | None = None

    def configure(self, ports: Sequence[tuple[int, int]]) -> None:
        """Write its settings; ports may differ from those of the last start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        properties = broker_properties(self.index, ports, self.folder / "data")
        write_properties(self._properties, properties)

    @property
    def formatted(self) -> bool:
        """Say whether it has data, or at least a place for it."""
        return (self.folder / "data" / "meta.properties").exists()

    def format(self, cluster_id: str) -> None:
        """Prepare an empty folder."""
        command = self._runtime.command(
            FORMAT_HEAP_MIB, "kafka.tools.StorageTool", "format", "--ignore-formatted",
            "-t", cluster_id, "-c", str(self._properties), options=(SHORT_LIVED,),
        )  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - Kafka's own tool
                command, capture_output=True, text=True, check=False, timeout=FORMAT_TIMEOUT_SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise BrokerFailed(
                f"Kafka's folder {self.folder} could not be prepared within {FORMAT_TIMEOUT_SECONDS} s.",
                "The machine or its disk is very busy; try again when it is not.",
            ) from error
        if done.returncode:
            written = done.stdout + done.stderr
            cause = diagnosis.recognise(written)
            what = cause.what if cause else written.strip()[-300:]
            next_step = cause.next_step if cause else "Look at the folder, or choose another with --data-dir."
            raise BrokerFailed(f"Kafka's folder {self.folder} could not be prepared: {what}.", next_step)

    def start(self) -> None:
        """Start its process; it is ready some seconds later."""
        if self.alive:
            return
        options = [f"-XX:ErrorFile={self.folder / 'jvm-crash.log'}"]
        if self._runtime.short_lived:
            options.append(SHORT_LIVED)
        command = self._runtime.command(
            self._runtime.heap_mib, "kafka.Kafka", str(self._properties), options=options
        )
        self._run = _Run(command, self.log_path)

    @property
    def alive(self) -> bool:
        """Say whether its process runs."""
        return self._run is not None and not self._run.ended.is_set()

    @property
    def pid(self) -> int | None:
        """Return its process id while it runs."""
        return self._run.child.pid if self._run is not None and self.alive else None

    def terminate(self) -> None:
        """Ask it to end."""
        if self._run is not None:
            self._run.child.terminate()

    def kill(self) -> None:
        """End it at once."""
        if self._run is not None:
            self._run.child.kill()

    def wait(self, timeout_seconds: int) -> bool:
        """Wait until it has ended; say whether it has."""
        return self._run is None or self._run.ended.wait(timeout_seconds)

    def exit_cause(self) -> diagnosis.Cause | None:
        """Return why it ended, None while it runs or before it ran."""
        return None if self._run is None or self.alive else self._run.cause()

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"


class _Run:
    """A process of a broker, in a thread that lives as long: the death signal follows the starting thread."""

    def __init__(self, command: Sequence[str], log_path: Path) -> None:
        self.ended = threading.Event()
        self._command = command
        self._log = _TellingLog(log_path)
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._code = 0
        threading.Thread(target=self._keep, name=f"keeper-of-{log_path.parent.name}", daemon=True).start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def cause(self) -> diagnosis.Cause:
        """Return why it ended: the first cause that its log told of, else what its exit code says."""
        told = self._log.cause
        # A broker that was asked to stop may complain on its way out.
        if told is None or self._code in diagnosis.ASKED_TO_STOP:
            return diagnosis.from_exit_code(self._code, str(self._log.path))
        return told

    def _keep(self) -> None:
        try:
            self.child = Child(self._command, env=None, log=self._log, on_ready=lambda _facts: None)
        except OSError as error:
            self._failure = error
            self.ended.set()
            return
        finally:
            self._started.set()
        self.child.listen()
        self._code = self.child.wait()
        self._log.close()
        self.ended.set()


class _TellingLog(RollingLog):
    """A broker's log that remembers the first cause of trouble, even when the file cannot be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self.cause: diagnosis.Cause | None = None

    def write(self, line: bytes) -> None:
        """Look for a cause, then append."""
        self.cause = self.cause or diagnosis.recognise(line.decode("utf-8", "replace"))
        super().write(line)
