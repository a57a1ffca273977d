"""The whole path: pages a second from the platform's wire to rows in ClickHouse, and who takes the time."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from events import topics as catalogue
from headgate.roles.simulator import url_of
from infra.kafka import LocalKafka
from projections.query import ask
from proof.bench.ground import ENVIRONMENT, Ground
from proof.bench.options import Options
from proof.bench.report import OURS, Figure, figure
from proof.path.crew import Crew
from proof.path.world import PathWorld, Terms
from streams import topics

# Every account is due again at once, so that the path is always full; nobody runs away and is paused.
DAY: Final = Terms(
    speed=30,
    accounts=40,
    campaigns=4_000,
    pause_ms=0,
    settings={
        "poller": {"spend_ms": 1_000, "spend_ms_min": 1_000},
        "tiktok": {
            "requests_per_second": 1_000,
            "requests_per_minute": 60_000,
            "requests_per_day": 100_000_000,
        },
        "simulator": {"runaway_permille": 0},
    },
)
STAGES: Final = ("simulator", "poller", "broker", "worker-0", "projector")
WARM_SECONDS, SECONDS, QUICK_SECONDS = 20, 30, 10
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
SEEN: Final = (
    "SELECT uniqExact(partition, offset), uniqExact(partition, offset, item) FROM spend_observations"
)


@dataclass(frozen=True)
class Look:
    """How much is in ClickHouse at a moment, and how much time each process has had by then."""

    at: float
    pages: int
    observations: int
    ticks: dict[str, int]


def measure(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Run the roles of the path as processes on a Kafka of their own, and look twice."""
    pages: list[float] = []
    observations: list[float] = []
    shares: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for turn in range(1, options.runs + 1):
        before, after = one_run(ground.folder / f"path-{turn}", QUICK_SECONDS if options.quick else SECONDS)
        seconds = after.at - before.at
        pages.append(round((after.pages - before.pages) / seconds))
        observations.append(round((after.observations - before.observations) / seconds))
        used = {stage: after.ticks[stage] - before.ticks[stage] for stage in STAGES}
        for stage in STAGES:
            shares[stage].append(round(100 * used[stage] / sum(used.values())))
        busy = sum(used.values()) / TICKS_A_SECOND / seconds
        options.say(
            f"run {turn} of {options.runs}: {pages[-1]} pages/s, {observations[-1]} observations/s, "
            f"{busy:.1f} cores busy"
        )
    name = "platform's wire to ClickHouse rows"
    yield [
        figure(name, OURS, "pages/s", pages),
        figure(f"{name}, rows", OURS, "observations/s", observations),
        *(figure(f"time spent by {stage}", OURS, "% of the path's", shares[stage]) for stage in STAGES),
    ]


def one_run(folder: Path, seconds: int) -> tuple[Look, Look]:
    """Let the path run, and return how it stood at the beginning and at the end of the measurement."""
    with LocalKafka(folder / "kafka", heap_mib=1024) as kafka:
        world = PathWorld(folder, DAY, kafka.bootstrap)
        topics.apply(world.conf, catalogue.load(), ENVIRONMENT)
        crew = Crew(world)
        try:
            crew.start("simulator")
            world.point_at(url_of(world.settings) or "")
            crew.start("worker-0", "projector", "clock", "poller")
            time.sleep(WARM_SECONDS)
            before = look(world, crew, kafka)
            time.sleep(seconds)
            return before, look(world, crew, kafka)
        finally:
            crew.close()


def look(world: PathWorld, crew: Crew, kafka: LocalKafka) -> Look:
    """Ask the projector, and the machine."""
    row: Any = ask(world.settings, SEEN).rows[0]
    pids = {stage: kafka.pid() if stage == "broker" else crew.status(stage).pid for stage in STAGES}
    return Look(
        time.monotonic(), int(row[0]), int(row[1]), {stage: ticks(pid) for stage, pid in pids.items()}
    )


def ticks(pid: int | None) -> int:
    """Return how much processor time a process has had."""
    if pid is None:
        raise RuntimeError("a process of the path has ended while it was measured")
    parts = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return int(parts[11]) + int(parts[12])
