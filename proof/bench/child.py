"""Contenders as child processes that tell what they measure, a JSON object a line."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from infra import tied
from infra.errors import CallAPerson
from proof.bench.job import Job

ROOT = Path(__file__).parents[2]
PEERS_PYTHON = ROOT / "proof" / "peers" / ".venv" / "bin" / "python"
END_SECONDS_MAX = 30
TAIL_CHARS = 1_500


class ContenderFailed(CallAPerson):
    """A contender ended, or fell silent, before it told what it had to."""

    def __init__(self, name: str, why: str, log: Path) -> None:
        tail = log.read_text("utf-8", "replace")[-TAIL_CHARS:]
        super().__init__(f"{name} {why}. It wrote:\n{tail}", f"Its whole log is {log}.")


class Contender:
    """A process that works on a job; it dies with this one."""

    def __init__(self, name: str, module: str, job: Job, *, log: Path, python: Path | None = None) -> None:
        self.name, self.log = name, log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - a contender of ours
                [
                    *(sys.executable, "-I", "-S", str(Path(tied.__file__)), str(os.getpid())),
                    *(str(python or sys.executable), "-m", module, msgspec.json.encode(job).decode()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, event: str, timeout_seconds: float) -> dict[str, Any]:
        """Return the next event of a kind that it tells."""
        while True:
            try:
                said = self._said.get(timeout=timeout_seconds)
            except queue.Empty:
                raise ContenderFailed(
                    self.name, f"told no {event!r} within {timeout_seconds} s", self.log
                ) from None
            if said is None:
                self._said.put(None)
                raise ContenderFailed(
                    self.name, f"ended with code {self._process.wait()} before it told {event!r}", self.log
                )
            if said["event"] == event:
                return said

    def heard(self, event: str) -> list[dict[str, Any]]:
        """Return what it told of a kind and nobody has waited for."""
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                said = self._said.get_nowait()
                if said is None:
                    self._said.put(None)
                    break
                if said["event"] == event:
                    found.append(said)
        return found

    def kill(self) -> None:
        """End it at once (SIGKILL)."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def drain(self) -> int:
        """Ask it to end, and wait for that; return its exit code."""
        self._signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Wait for its end; one that does not end in time is killed."""
        try:
            return self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ContenderFailed(self.name, f"did not end within {END_SECONDS_MAX} s", self.log) from None

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _read(self) -> None:
        output = self._process.stdout
        if output is None:
            raise AssertionError("the process was started with a pipe")
        with output:
            for line in output:
                # Libraries of the peers may write there too.
                with contextlib.suppress(msgspec.DecodeError):
                    said = msgspec.json.decode(line)
                    if isinstance(said, dict) and "event" in said:
                        self._said.put(said)
        self._said.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._reader.join(END_SECONDS_MAX)
