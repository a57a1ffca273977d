"""Runs of the simulation: one seed, or many."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from proof.treasury.mutations import MUTATIONS, Mutation, off
from proof.treasury.plan import Plan
from proof.treasury.verdict import Verdict
from proof.treasury.world import Changes, World
from proof.virtual_time import run as run_in_no_time


@dataclass
class Outcome:
    """What one seed came to."""

    seed: int
    verdict: Verdict
    happened: Counter[str]
    trace: list[str] = field(repr=False)
    records: Counter[str]
    virtual_seconds: float = 0.0

    def told(self) -> str:
        """Say it in a line."""
        return f"seed {self.seed}: {self.verdict.told()}"


@dataclass
class Totals:
    """What many seeds came to."""

    runs: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    failed: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Take in one more."""
        self.runs += 1
        self.happened += outcome.happened
        self.compared += outcome.verdict.compared
        self.records += outcome.records
        if not outcome.verdict.is_exact:
            self.failed.append(outcome)


def run(seed: int, changes: Changes | None = None, *, has_withdrawals: bool = True) -> Outcome:
    """Run one seed."""
    random.seed(seed)  # by which the product's own pauses jitter
    world = World(seed, Plan.of(seed, has_withdrawals=has_withdrawals), changes or Changes())
    try:
        verdict = run_in_no_time(world.run())
    except Exception as error:
        verdict = Verdict()
        verdict.note("defect", f"{type(error).__name__}: {error}")
        if not isinstance(error, AssertionError | ValueError | LookupError | RuntimeError | TypeError):
            raise
    records = Counter({topic: len(found) for topic, found in world.log.topics.items()})
    for topic in ("client-decisions", "client-facts", "chain-commands"):
        records.update(record.event.data.TYPE for record in world.log.topics[topic])
    return Outcome(seed, verdict, world.trouble.happened, world.trouble.trace, records)


@dataclass(frozen=True)
class Shown:
    """What came of a safeguard that was off: the run that showed it, and what else had to be off."""

    name: str
    found: Outcome | None
    covered_by: str | None
    seeds: int
    is_red_anyway: bool = False
    """Whether the same seed is red with everything on, which would prove nothing."""

    @property
    def is_red(self) -> bool:
        """Whether its absence was noticed."""
        return self.found is not None and not self.is_red_anyway

    def told(self) -> str:
        """Say it in a line."""
        if self.found is None:
            return f"GREEN in {self.seeds} seeds"
        if self.is_red_anyway:
            return f"RED WITH IT ON TOO, {self.found.told()}"
        also = f" with {self.covered_by} off too" if self.covered_by else ""
        return f"red{also}, {self.found.told()}"


def try_mutation(mutation: Mutation, first_seed: int, seeds: int) -> Shown:
    """Look for a seed that shows a missing safeguard; first alone, then with the one behind it off too."""
    alone = _first_red((mutation,), first_seed, seeds)
    if alone is not None or mutation.behind is None:
        return Shown(mutation.name, alone, None, seeds, is_red_anyway(alone))
    both = _first_red((mutation, MUTATIONS[mutation.behind]), first_seed, seeds)
    return Shown(mutation.name, both, mutation.behind, seeds, is_red_anyway(both))


def is_red_anyway(found: Outcome | None) -> bool:
    """Say whether a seed is red with all safeguards on."""
    return found is not None and not run(found.seed).verdict.is_exact


def _first_red(mutations: tuple[Mutation, ...], first_seed: int, seeds: int) -> Outcome | None:
    with off(*mutations) as changes:
        for seed in range(first_seed, first_seed + seeds):
            # Without its numbers the program lets a person's withdrawal run into a movement of ours; that is
            # another finding than the one that is looked for.
            outcome = run(seed, changes, has_withdrawals=changes.so is None)
            if not outcome.verdict.is_exact:
                return outcome
    return None
