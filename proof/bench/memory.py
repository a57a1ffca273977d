"""Memory: what each contender's process holds once it knows 100,000 campaigns with a whole day each."""

from collections.abc import Iterator
from dataclasses import replace

from proof.bench import stream
from proof.bench.day import Day
from proof.bench.ground import Ground
from proof.bench.options import Options
from proof.bench.report import Figure, figure

FEWER_CAMPAIGNS = frozenset(entry.who for entry in stream.ENTRIES if entry.is_slow)
SCENARIO = stream.Scenario("100,000 campaigns", Day(polls=4))


def measure(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Run a short day and look at each process at its end."""
    told = stream.told_by(ground, replace(options, quick=False), SCENARIO)
    yield [
        figure(what, who, "MiB", [one["rss_mib"] for one in runs])
        for (what, who), runs in told.items()
        if who not in FEWER_CAMPAIGNS
    ]
