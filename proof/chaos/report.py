"""Writes what came of the runs: JSON for machines and the figures, tables for people."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from proof.chaos.harness import Outcome, Proven, summary


def facts(outcomes: Iterable[Outcome], proven: Iterable[Proven] = ()) -> dict[str, Any]:
    """Return what a file of ``build/chaos`` says."""
    runs = list(outcomes)
    proofs = list(proven)
    return {
        "runs": len(runs),
        "faults": _sum(run.faults for run in runs),
        "lost": sum(run.verdict.lost for run in runs),
        "doubled": sum(run.verdict.doubled for run in runs),
        "wrong": sum(run.verdict.wrong for run in runs),
        "stalled": sum(run.verdict.stalled for run in runs),
        "mutations": {one.safeguard: one.colour for one in proofs},
        "covered_by": {one.safeguard: one.covered_by for one in proofs if one.covered_by},
        "how": {one.safeguard: one.how for one in proofs},
        "kills_in_flight": sum(run.in_flight for run in runs),
        "killed_at": _sum(run.killed_at for run in runs),
        "asleep_at": _sum(run.asleep_at for run in runs),
        "ended_by": _sum(run.ends for run in runs),
        "compared": {
            name.removesuffix(" compared"): count
            for name, count in _sum(run.verdict.counts for run in runs).items()
            if name.endswith(" compared")
        },
        "records": sum(run.verdict.counts["records produced"] for run in runs),
        "seeds": [run.seed for run in runs],
        "seconds": sum(run.seconds for run in runs),
        "examples": [example for run in runs for example in run.verdict.examples][:20],
    }


def write(folder: Path, outcomes: list[Outcome], proven: list[Proven]) -> dict[str, dict[str, Any]]:
    """Write one file for each kind of trouble, and one for the mutations."""
    said: dict[str, dict[str, Any]] = {}
    for title in dict.fromkeys(one.planned.title for one in outcomes):
        said[title] = facts(one for one in outcomes if one.planned.title == title)
    if proven:
        # What is lost and doubled there is what the removed safeguards would have kept.
        said["mutations"] = {**facts((), proven), "runs": sum(len(one.outcomes) for one in proven)}
    folder.mkdir(parents=True, exist_ok=True)
    for title, content in said.items():
        body = msgspec.json.format(msgspec.json.encode(content), indent=2)
        (folder / f"{title}.json").write_bytes(body + b"\n")
    return said


def table(outcomes: list[Outcome]) -> Table:
    """Return the runs for people."""
    made = Table("run", "store", "faults", "in flight", "records", "verdict", "s", title="Chaos")
    for one in outcomes:
        manner = [one.planned.store, *["chain"] * one.planned.chain]
        manner += ["dynamic"] * (not one.planned.static_member)
        made.add_row(
            f"{one.planned.title} ({one.planned.scenario}, seed {one.seed})",
            ", ".join(manner),
            ", ".join(f"{count} {kind}" for kind, count in one.faults.items()),
            str(one.in_flight),
            f"{one.verdict.counts['records produced']:,}",
            "exact" if one.verdict.exact else f"[red]{summary(one.verdict)}",
            str(one.seconds),
        )
    return made


def mutations(proven: list[Proven]) -> Table:
    """Return the safeguards for people."""
    made = Table("safeguard switched off", "harness", "how", title="Mutation proof")
    for one in proven:
        colour = "red" if one.colour == "red" else f"covered by {one.covered_by}"
        made.add_row(one.safeguard, colour if one.holds else "[red]GREEN, uncovered", one.how)
    return made


def show(console: Console, outcomes: list[Outcome], proven: list[Proven]) -> None:
    """Print the tables, and what went wrong."""
    if outcomes:
        console.print(table(outcomes))
    if proven:
        console.print(mutations(proven))
    for one in outcomes:
        for example in one.verdict.examples:
            console.print(f"[red]{one.planned.title}[/] {example}", highlight=False)


def _sum(counters: Iterable[Counter[str]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return {name: count for name, count in sorted(total.items()) if count}
