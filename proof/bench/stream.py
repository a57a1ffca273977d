"""The live path: from a filled topic to durable state and outputs, by one process of each contender."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from proof.bench import child
from proof.bench.child import Contender
from proof.bench.day import Day
from proof.bench.fill import fill
from proof.bench.ground import Ground
from proof.bench.options import Options
from proof.bench.report import FOLDER, Figure, figure

Told = dict[tuple[str, str], list[dict[str, Any]]]
UNIT = "observations/s"
SPARE_SECONDS = 60  # to start and to end
QUICK_POLLS = 4
SLOW_SHARE = 20


@dataclass(frozen=True)
class Entry:
    """One contender and how it is started."""

    who: str
    module: str
    settings: dict[str, Any] = field(default_factory=dict)
    python: Path | None = None
    label: str = ""
    is_slow: bool = False
    """Whether it gets a twentieth of the accounts, since it would not get through the day."""


@dataclass(frozen=True)
class Scenario:
    """One kind of input."""

    name: str
    day: Day


SCENARIOS = (
    Scenario("pages of 100, all changed", Day()),
    Scenario("pages of 100, 20 % changed", Day(is_quiet=True)),
    Scenario("messages of one", Day(page=1, polls=8)),
)
ENTRIES = (
    Entry("headgate", "proof.bench.worker"),
    Entry("bare", "proof.bench.bare"),
    Entry("headgate", "proof.bench.worker", {"store": "disk"}, label=", disk store"),
    Entry("quixstreams", "proof.peers.quix", python=child.PEERS_PYTHON),
    Entry("bytewax", "proof.peers.wax", python=child.PEERS_PYTHON),
    Entry("bytewax by campaign", "proof.peers.wax_by_campaign", python=child.PEERS_PYTHON),
    Entry("faust", "proof.peers.faust_plain", python=child.PEERS_PYTHON, is_slow=True),
    Entry(
        "faust exactly-once",
        "proof.peers.faust_plain",
        {"is_exactly_once": True},
        child.PEERS_PYTHON,
        is_slow=True,
    ),
)


def entries(options: Options) -> Sequence[Entry]:
    """Return the contenders that were asked for."""
    return [entry for entry in ENTRIES if not options.who or entry.who in options.who]


def measure(ground: Ground, options: Options) -> Iterator[list[Figure]]:
    """Run every scenario, the contenders taking turns, and yield the figures after each."""
    for scenario in SCENARIOS:
        if not options.scenario or options.scenario in scenario.name:
            told = told_by(ground, options, scenario)
            yield [
                figure(what, who, UNIT, [one["observations_a_second"] for one in runs])
                for (what, who), runs in told.items()
            ]


def told_by(ground: Ground, options: Options, scenario: Scenario) -> Told:
    """Let all contenders do the same job, in turns."""
    day = replace(scenario.day, polls=min(scenario.day.polls, QUICK_POLLS)) if options.quick else scenario.day
    contenders = entries(options)
    inputs = {
        is_slow: write(ground, options, day, is_slow) for is_slow in {one.is_slow for one in contenders}
    }
    told: Told = defaultdict(list)
    for turn in range(1, options.runs + 1):
        for entry in contenders:
            measured = one_run(ground, options, entry, *inputs[entry.is_slow])
            told[scenario.name + entry.label, entry.who].append(measured)
            options.say(f"run {turn} of {options.runs}, {scenario.name}{entry.label}: {entry.who} {measured}")
    return dict(sorted(told.items(), key=lambda item: item[0][0]))  # one kind side by side


def write(ground: Ground, options: Options, day: Day, is_slow: bool) -> tuple[str, Day]:  # noqa: FBT001 - as an entry says
    """Write a day into a topic of its own."""
    day = replace(day, accounts=day.accounts // SLOW_SHARE) if is_slow else day
    source = ground.source("live")
    options.say(f"writing {day.observations:,} observations of {day.accounts * day.campaigns:,} campaigns")
    fill(ground.conf, source, day, ground.catalogue.compression)
    return source, day


def one_run(ground: Ground, options: Options, entry: Entry, source: str, day: Day) -> dict[str, Any]:
    """Let one contender do the job once."""
    job = ground.job(
        entry.who.replace(" ", "-"),
        source,
        observations=day.observations,
        warm_observations=day.accounts * day.campaigns,
        observations_a_record=day.page,
        seconds_max=options.peer_seconds_max,
        **entry.settings,
    )
    log = FOLDER / "logs" / f"{entry.who}.log"
    with Contender(entry.who, entry.module, job, log=log, python=entry.python) as contender:
        measured = contender.wait_for("measured", options.peer_seconds_max + SPARE_SECONDS)
        contender.wait()
    ground.clear(job)
    return measured


def rate_of_ours(ground: Ground, options: Options, day: Day) -> int:
    """Return how many observations a second Headgate does right now."""
    source = ground.source("rate")
    options.say("measuring the full rate first")
    fill(ground.conf, source, day, ground.catalogue.compression)
    rate: int = one_run(ground, options, ENTRIES[0], source, day)["observations_a_second"]
    return rate
