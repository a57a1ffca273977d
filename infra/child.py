"""One supervised process: started tied to us, its output kept in a file of bounded size."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from infra import tied
from infra.logs import READY_EVENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Two files of this size a role: enough for hours at INFO, never a full disk.
LOG_BYTES_MAX = 8 * 1024 * 1024
# As many last lines as fit on a screen beside the message.
TAIL_LINES = 12
# A line without an end must not fill the memory.
LINE_BYTES_MAX = 64 * 1024


class RollingLog:
    """A log file that becomes `<name>.1` when it is full."""

    def __init__(self, path: Path, bytes_max: int = LOG_BYTES_MAX) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._bytes_max = bytes_max
        self._file: BinaryIO = path.open("ab")

    def write(self, line: bytes) -> None:
        """Append one line."""
        if self._file.tell() + len(line) > self._bytes_max and self._file.tell() > 0:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._file = self._path.open("ab")
        self._file.write(line)
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Child:
    """A running process, whose lines go to `log` and whose readiness goes to `on_ready`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None,
        log: RollingLog,
        on_ready: Callable[[dict[str, object]], None],
    ) -> None:
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._log = log
        self._on_ready = on_ready
        # A session of its own: Ctrl-C in the terminal reaches only the supervisor, which then drains.
        self._process = subprocess.Popen(  # noqa: S603 - the command is the supervisor's own
            [sys.executable, "-I", "-S", str(Path(tied.__file__)), str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"output-of-{self.pid}", daemon=True)

    def listen(self) -> None:
        """Begin to read its output; apart from the start, so that no line is older than its process."""
        self._reader.start()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def wait(self) -> int:
        """Wait for the end, and for the last line; return the exit code (minus the signal, if killed)."""
        code = self._process.wait()
        # A grandchild may hold the pipe open; its lines are not worth waiting for.
        self._reader.join(timeout=1)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it, and what it started in its session."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # poll() first: after the process is reaped its id may belong to another.
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                if number is signal.SIGKILL:
                    os.killpg(self.pid, number)
                else:
                    os.kill(self.pid, number)

    def _read(self) -> None:
        output = self._process.stdout
        if output is None:
            raise AssertionError("the process was started with a pipe")
        with output:
            while line := output.readline(LINE_BYTES_MAX):
                text = line.decode("utf-8", "replace").rstrip()
                self.tail.append(text)
                self._keep(line)
                details = _readiness(text)
                if details is not None:
                    self._on_ready(details)

    def _keep(self, line: bytes) -> None:
        try:
            self._log.write(line)
        except OSError as error:
            # A full disk must not block the role on its own output; the last lines still tell of it.
            self.tail.append(f"(the log file cannot be written: {error.strerror})")


def _readiness(line: str) -> dict[str, object] | None:
    """Return what a ready line says, None for any other line."""
    if READY_EVENT not in line:
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and event.get("event") == READY_EVENT else None
