"""Runs of the simulation: one seed, many, and one with a safeguard switched off."""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from proof.simulation.mutations import Mutation
from proof.simulation.plan import Plan
from proof.simulation.verify import Verdict
from proof.simulation.world import Change, World
from streams.engine.restore import Restored

MUTATED_SEEDS_MAX = 800
CONTROL_SEEDS, CONTROL_SEEDS_ON_DISK = 40, 8  # files are slower


@dataclass
class Outcome:
    """What one seed came to."""

    seed: int
    verdict: Verdict
    is_stuck: bool
    alarms: list[str]
    defects: list[str]
    faults: Counter[str]
    steps: int

    @property
    def is_exact(self) -> bool:
        """Whether all is as it must be, and nobody was called without need."""
        return self.verdict.is_exact and not (self.is_stuck or self.alarms or self.defects)

    def told(self) -> str:
        """Say in a line what is wrong."""
        what = self.verdict
        parts = [f"lost {what.lost}, doubled {what.doubled}, wrong {what.wrong_rows}"]
        parts += ["it never came to an end"] if self.is_stuck else []
        return "; ".join(parts + self.defects[:2] + self.alarms[:2] + what.notes[:2])


@dataclass
class Totals:
    """What many seeds came to."""

    runs: int = 0
    lost: int = 0
    doubled: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Take in one more."""
        self.runs += 1
        self.lost += outcome.verdict.lost
        self.doubled += outcome.verdict.doubled
        self.faults += outcome.faults
        if not outcome.is_exact:
            self.failed.append(outcome)

    def told(self) -> str:
        """Say in a line what they came to."""
        kinds = ("kill", "stand still", "rebalance", "refused", "late answer", "abortable", "fatal", "leave")
        faults = ", ".join(f"{self.faults[kind]} x {kind}" for kind in kinds)
        return f"{len(self.failed)} failed, lost {self.lost}, doubled {self.doubled} ({faults})"


def run(
    seed: int,
    *,
    on_disk: bool = False,
    skips: bool = False,
    zombies: bool = False,
    change: Change | None = None,
    restored: type[Restored] = Restored,
) -> Outcome:
    """Run one seed."""
    with tempfile.TemporaryDirectory(prefix="headgate-simulation-") as folder:
        plan = Plan.of(seed, on_disk=on_disk, skips=skips, zombies=zombies)
        world = World(seed, plan, Path(folder), restored=restored)
        if change is not None:
            world.change = change
        world.run()
    return Outcome(
        seed, world.verdict, world.is_stuck, world.alarms, world.defects, world.faults, world.steps
    )


@dataclass
class Shown:
    """Whether a switched-off safeguard showed, and whether the symptom also came with it on."""

    seed: int | None
    outcome: Outcome | None
    in_control: list[int]

    def told(self) -> str:
        """Say it in a line."""
        if self.outcome is None:
            return f"GREEN after {MUTATED_SEEDS_MAX} seeds"
        line = f"red at seed {self.seed} ({self.outcome.told()})"
        return line + (f", but with it on also at {self.in_control}" if self.in_control else "")


def try_mutation(mutation: Mutation, first_seed: int) -> Shown:
    """Look for a seed that shows a missing safeguard; with the safeguard on it must not show."""
    for seed in range(first_seed, first_seed + MUTATED_SEEDS_MAX):
        outcome = run(
            seed,
            on_disk=mutation.on_disk,
            skips=mutation.skips,
            zombies=mutation.zombies,
            change=mutation.mutate,
            restored=mutation.restored,
        )
        if mutation.shows(outcome.verdict, outcome.is_stuck):
            seeds = CONTROL_SEEDS_ON_DISK if mutation.on_disk else CONTROL_SEEDS
            control = {seed, *range(first_seed, first_seed + seeds)}
            return Shown(seed, outcome, [one for one in sorted(control) if shows_anyway(mutation, one)])
    return Shown(None, None, [])


def shows_anyway(mutation: Mutation, seed: int) -> bool:
    """Say whether a symptom comes although the safeguard is on."""
    outcome = run(
        seed,
        on_disk=mutation.on_disk,
        skips=mutation.skips,
        zombies=mutation.zombies,
        change=mutation.break_first_line,
    )
    return mutation.shows(outcome.verdict, outcome.is_stuck)
