"""Replay: how fast a log is decided again, and compared with all that was recorded."""

from collections.abc import Iterator

from proof.bench.child import Contender
from proof.bench.day import Day
from proof.bench.fill import fill
from proof.bench.ground import Ground
from proof.bench.options import Options
from proof.bench.report import FOLDER, OURS, Figure, figure
from proof.bench.stream import UNIT

POLLS, QUICK_POLLS = 8, 2
SECONDS_MAX = 300


def measure(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Let a worker work once, and replay that as often as there are runs."""
    day = Day(polls=QUICK_POLLS if options.quick else POLLS)
    source = ground.source("replay")
    fill(ground.conf, source, day, ground.catalogue.compression)
    job = ground.job("replay", source, observations=day.observations)
    log = FOLDER / "logs" / "replay.log"
    with Contender("worker", "proof.bench.worker", job, log=log) as worker:
        worker.wait_for("measured", SECONDS_MAX)
        worker.wait()
    runs = []
    for turn in range(1, options.runs + 1):
        with Contender("replay", "proof.bench.replayer", job, log=log) as replayer:
            runs.append(replayer.wait_for("replayed", SECONDS_MAX))
            replayer.wait()
        options.say(f"run {turn} of {options.runs}: {runs[-1]}")
    ground.clear(job)
    yield [
        figure("replay, deciding again", OURS, UNIT, [one["decided_a_second"] for one in runs]),
        figure(
            "replay, with every row and output compared", OURS, UNIT, [one["proved_a_second"] for one in runs]
        ),
    ]
