"""Runs of the simulation: one seed, or many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

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
