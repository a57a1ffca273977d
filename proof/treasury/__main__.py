"""Simulates a treasury: `python -m proof.treasury --seeds 2000 [--first N] [--show SEED] [--mutations]`."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

import msgspec

from proof.treasury import runs
from proof.treasury.mutations import MUTATIONS

FOLDER = Path("build/chaos")
TOLD_MAX = 10


def main() -> int:
    """Run seeds or mutations, write what came of them, and say which seeds failed."""
    given = arguments()
    logging.disable(logging.CRITICAL)  # a simulated executor warns of each simulated trouble
    if given.show is not None:
        return show(given.show)
    if given.mutations:
        return mutations(given.first, given.seeds or 300, given.safeguard, given.folder)
    return simulate(given.first, given.seeds or 2_000, given.folder)


def simulate(first: int, seeds: int, folder: Path) -> int:
    """Run seeds."""
    totals, begun = runs.Totals(), time.perf_counter()
    for seed in range(first, first + seeds):
        totals.add(runs.run(seed))
    seconds = time.perf_counter() - begun
    say(f"{totals.runs} seeds from {first} in {seconds:.0f} s, {len(totals.failed)} failed")
    for title, counts in (
        ("trouble", totals.happened),
        ("on the log", totals.records),
        ("compared", totals.compared),
    ):
        say(f"  {title}: {', '.join(f'{name} {count:,}' for name, count in sorted(counts.items()))}")
    for failed in totals.failed[:TOLD_MAX]:
        say(f"  {failed.told()}")
    lost, doubled = (sum(one.verdict.found[kind] for one in totals.failed) for kind in ("pending", "balance"))
    write(
        folder / "treasury-simulation.json",
        {
            "runs": totals.runs,
            "faults": dict(sorted(totals.happened.items())),
            "lost": lost,
            "doubled": doubled,
            "compared": dict(totals.compared),
            "records": dict(totals.records),
            "failed_seeds": [one.seed for one in totals.failed],
            "seconds": round(seconds),
        },
    )
    return int(bool(totals.failed))


def mutations(first: int, seeds: int, names: list[str], folder: Path) -> int:
    """Switch safeguards off, one after the other."""
    shown = []
    for name in names or MUTATIONS:
        one = runs.try_mutation(MUTATIONS[name], first, seeds)
        shown.append(one)
        say(f"  without {name}: {one.told()[:300]}")
    write(
        folder / "treasury-mutations.json",
        {
            "runs": len(shown),
            "faults": {},
            "lost": 0,
            "doubled": 0,
            "mutations": {one.name: "red" if one.is_red else "green" for one in shown},
            "covered_by": {one.name: one.covered_by for one in shown if one.covered_by},
            "how": {one.name: one.told() for one in shown},
        },
    )
    return int(not all(one.is_red for one in shown))


def show(seed: int) -> int:
    """Tell what happens in one seed."""
    outcome = runs.run(seed)
    for line in outcome.trace:
        say(line)
    say(outcome.told())
    return int(not outcome.verdict.is_exact)


def write(path: Path, content: dict[str, object]) -> None:
    """Write a result for the figures' page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


def say(text: str) -> None:
    """Tell the reader."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m proof.treasury", description=__doc__)
    parser.add_argument("--seeds", type=int, help="how many (2000; 300 for each mutation)")
    parser.add_argument("--first", type=int, default=1, help="the first one (1)")
    parser.add_argument("--show", type=int, metavar="SEED", help="tell what happens in this one")
    parser.add_argument("--mutations", action="store_true", help="switch each safeguard off in turn")
    parser.add_argument(
        "--safeguard", action="append", choices=list(MUTATIONS), help="of them, only this one"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
