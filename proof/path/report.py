"""Writes what came of the runs: JSON for machines and the figures, a table for people."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from proof.chaos.harness import summary
from proof.path.run import Outcome


def facts(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return what the file in ``build/chaos`` says."""
    runs = list(outcomes)
    counts = _sum(run.verdict.counts for run in runs)
    return {
        "runs": len(runs),
        "faults": {
            **{f"kill {role}": times for role, times in _sum(run.killed for run in runs).items()},
            **_sum(run.faults for run in runs),
        },
        "lost": sum(run.verdict.lost for run in runs),
        "doubled": sum(run.verdict.doubled for run in runs),
        "wrong": sum(run.verdict.wrong for run in runs),
        "stalled": sum(run.verdict.stalled for run in runs),
        "ended_by": _sum(run.ended for run in runs),
        "compared": {
            name.removesuffix(" compared"): count
            for name, count in counts.items()
            if name.endswith(" compared")
        },
        "counts": {name: count for name, count in counts.items() if not name.endswith(" compared")},
        "seeds": [run.terms.seed for run in runs],
        "hours": round(sum(run.hours for run in runs), 1),
        "seconds": sum(run.seconds for run in runs),
        "examples": [example for run in runs for example in run.verdict.examples][:20],
    }


def write(folder: Path, outcomes: list[Outcome], proven: list[Outcome]) -> dict[str, dict[str, Any]]:
    """Write the files that the figures are made from: of the runs, and of the safeguards switched off."""
    said = {"path": facts(outcomes)} if outcomes else {}
    if proven:
        colours = {
            name: "red" if one.is_red else "stalled" if one.verdict.stalled else "green"
            for one in proven
            for name in one.terms.mutations
        }
        how = {name: summary(one.verdict) for one in proven for name in one.terms.mutations}
        # What is lost and doubled there is what the removed safeguards would have kept.
        said["path-mutations"] = {**facts(()), "runs": len(proven), "mutations": colours, "how": how}
    folder.mkdir(parents=True, exist_ok=True)
    for title, content in said.items():
        body = msgspec.json.format(msgspec.json.encode(content), indent=2)
        (folder / f"{title}.json").write_bytes(body + b"\n")
    return said


def show(console: Console, outcomes: list[Outcome]) -> None:
    """Print what was done and what came of it."""
    for one in outcomes:
        said = facts([one])
        table = Table("what", "how much", title=title_of(one))
        for title in ("faults", "ended_by", "compared", "counts"):
            for name, count in said[title].items():
                table.add_row(f"{title.replace('_', ' ')}: {name}", f"{count:,}")
        console.print(table)
        console.print("exact" if one.verdict.exact else f"[red]{summary(one.verdict)}")
        for example in one.verdict.examples:
            console.print(f"[red]path[/] {example}", highlight=False, markup=True)


def _sum(counters: Iterable[Counter[str]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return {name: count for name, count in sorted(total.items()) if count}


def title_of(outcome: Outcome) -> str:
    """Return what a run was, in words."""
    off = f" without {', '.join(outcome.terms.mutations)}" if outcome.terms.mutations else ""
    return f"The whole path{off}, seed {outcome.terms.seed}, {outcome.seconds} s"
