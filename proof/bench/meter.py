"""Measures a contender from inside its process, all of them the same way."""

import time
from pathlib import Path

from proof.bench.job import Job, tell


class Meter:
    """Counts observations as they become durable; the clock starts when every campaign is known."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.done = 0
        self._deadline = time.perf_counter() + job.seconds_max
        self._begun: tuple[int, float, float] | None = None
        self._first: tuple[int, float, float] | None = None
        self._last = (0, 0.0, 0.0)
        self._rounds_seconds: list[float] = []

    def count(self, observations: int) -> None:
        """Note that so many more observations are through."""
        self.done += observations
        self._last = (self.done, time.perf_counter(), time.process_time())
        self._first = self._first or self._last
        if self._begun is None and self.done >= self.job.warm_observations:
            self._begun = self._last
            self._rounds_seconds = []

    def end(self) -> None:
        """Note that only now all that was counted is durable: for contenders that commit now and then."""
        self._last = (self.done, time.perf_counter(), time.process_time())

    def round(self, seconds: float) -> None:
        """Note how long a transaction took, from its input to its commit."""
        self._rounds_seconds.append(seconds)

    @property
    def finished(self) -> bool:
        """Whether the input, or the time, is over."""
        return self.done >= self.job.observations or self.late

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return time.perf_counter() > self._deadline

    def report(self) -> None:
        """Tell the result."""
        # One that is too slow to get warm in its time is measured over all of it.
        begun, last = self._begun or self._first or self._last, self._last
        seconds = last[1] - begun[1]
        rounds = sorted(self._rounds_seconds)
        tell(
            "measured",
            observations_a_second=round((last[0] - begun[0]) / seconds) if seconds > 0 else 0,
            through_permille=self.done * 1000 // max(self.job.observations, 1),
            processor=round((last[2] - begun[2]) / seconds, 2) if seconds > 0 else 0,
            rss_mib=rss_mib(),
            rounds=len(rounds),
            round_p50_ms=round(rounds[len(rounds) // 2] * 1000, 1) if rounds else 0,
            round_p99_ms=round(rounds[len(rounds) * 99 // 100] * 1000, 1) if rounds else 0,
        )


def rss_mib() -> int:
    """Return this process's resident memory."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1024
    raise AssertionError("the kernel says VmRSS of every process that runs")
