"""The workers of a run: started, killed, stopped, continued, and started again when they die."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from infra import tied
from proof.chaos.journal import IN_FLIGHT, Journal
from proof.chaos.world import World

END_SECONDS = 20.0
WRITE_SECONDS = 0.5
ENDED = re.compile(rb"ended by (\w+)")
# Without a committed record in between, so many deaths of workers are a crash loop and no bad luck.
DEATHS_IN_A_ROW_MAX = 6


@dataclass(frozen=True)
class Manner:
    """How a worker is started."""

    pause_ms: int = 40
    trap: str | None = None
    trap_round: int = 0
    linger_ms: int = 0
    mutations: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Return the worker's options."""
        trap = ["--trap", self.trap, "--trap-round", str(self.trap_round)] if self.trap else []
        switched = [part for name in self.mutations for part in ("--mutation", name)]
        return ["--pause-ms", str(self.pause_ms), "--linger-ms", str(self.linger_ms), *trap, *switched]


@dataclass
class Crew:
    """Worker processes by slot."""

    world: World
    seed: int
    mutations: tuple[str, ...] = ()
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    manners: dict[str, Manner] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)
    killed_at: Counter[str] = field(default_factory=Counter)
    deaths_in_a_row: int = 0
    starts: int = 0

    def start(self, slot: str, manner: Manner | None = None) -> None:
        """Start a worker in a slot."""
        manner = manner or Manner(mutations=self.mutations)
        self.starts += 1
        folder = Path(self.world.folder)
        command = [
            sys.executable, "-m", "proof.chaos.worker", "--world", str(folder / "world.json"), "--slot", slot,
            "--journal", str(self.journal_path(slot)), "--seed", str(self.seed * 1000 + self.starts),
            *manner.arguments(),
        ]  # fmt: skip
        with self.log_path(slot).open("ab") as log:
            self.running[slot] = subprocess.Popen(  # noqa: S603 - the harness's own command
                [sys.executable, "-I", "-S", str(Path(tied.__file__)), str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parents[2],
                start_new_session=True,
            )
        self.manners[slot] = manner

    def tend(self) -> None:
        """Start again whoever died, as the supervisor would."""
        for slot, process in list(self.running.items()):
            if process.poll() is not None:
                self.note_end(slot)
                self.deaths_in_a_row += 1
                self.start(slot, self.manners[slot])

    @property
    def is_looping(self) -> bool:
        """Whether workers only die."""
        return self.deaths_in_a_row >= DEATHS_IN_A_ROW_MAX

    def kill(self, slot: str) -> None:
        """End a worker at once, and note in which step that hit it."""
        process = self.running.pop(slot)
        if process.poll() is not None:
            self.note_end(slot)
            return
        process.kill()
        process.wait()
        self.killed_at[self.step(slot)] += 1

    def stop(self, slot: str) -> None:
        """Stop a worker in the middle of whatever it does."""
        self.running[slot].send_signal(signal.SIGSTOP)

    def wake(self, slot: str) -> None:
        """Let a stopped worker go on; if it ends, it is started again without its trap."""
        self.manners[slot] = replace(self.manners[slot], trap=None)
        self.running[slot].send_signal(signal.SIGCONT)

    def let_go(self, slot: str) -> subprocess.Popen[bytes]:
        """Take a worker out of the crew, without ending it."""
        return self.running.pop(slot)

    def has_ended(self, slot: str) -> bool:
        """Say whether a worker has ended by itself."""
        return self.running[slot].poll() is not None

    def is_stopped(self, slot: str) -> bool:
        """Say whether a worker stands still."""
        stat = Path(f"/proc/{self.running[slot].pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"

    def drain(self, slots: Sequence[str] | None = None) -> None:
        """Ask workers to end in order, all at once."""
        leaving = {slot: self.running.pop(slot) for slot in list(slots or self.running)}
        for process in leaving.values():
            process.send_signal(signal.SIGTERM)
        for slot, process in leaving.items():
            self.wait_for_end(slot, process)

    def wait_for_end(self, slot: str, process: subprocess.Popen[bytes]) -> None:
        """Wait until a worker has ended, and note how."""
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.ends["did not drain"] += 1
        else:
            self.note_end(slot, process.returncode)

    def tell_where(self) -> None:
        """Let every worker write into its log where its threads stand."""
        for process in self.running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGUSR1)
        time.sleep(WRITE_SECONDS)

    def end_all(self) -> None:
        """Leave no process behind."""
        for slot in list(self.running):
            self.kill_quietly(slot)

    def kill_quietly(self, slot: str) -> None:
        """End a worker without counting it as a fault."""
        process = self.running.pop(slot)
        process.kill()
        process.wait()

    def note_end(self, slot: str, code: int | None = None) -> None:
        """Count why a worker ended by itself."""
        if code == 0:
            self.ends["drained"] += 1
            return
        said = ENDED.findall(self.log_path(slot).read_bytes()[-4000:])
        self.ends[said[-1].decode() if said else f"exit {code}"] += 1

    def step(self, slot: str) -> str:
        """Return the step that a slot's worker is in."""
        journal = Journal(self.journal_path(slot))
        try:
            return journal.step()
        finally:
            journal.close()

    def steps(self) -> str:
        """Return the step that each worker is in."""
        return ", ".join(f"{slot} {self.step(slot)}" for slot in self.running)

    @property
    def in_flight(self) -> int:
        """How many kills hit a round in flight."""
        return sum(count for step, count in self.killed_at.items() if step in IN_FLIGHT)

    def journal_path(self, slot: str) -> Path:
        """Return where a slot's worker says its step."""
        return Path(self.world.folder) / f"{slot}.step"

    def log_path(self, slot: str) -> Path:
        """Return where a slot's workers write."""
        return Path(self.world.folder) / f"{slot}.log"
