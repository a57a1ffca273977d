"""Runs the simulation: ``python -m proof.simulation --seeds 5000 --seed 7``."""

import argparse
import json
import logging
import sys
import time
from pathlib import Path

from proof.simulation import runs
from proof.simulation.mutations import MUTATIONS

RESULT = Path("build/chaos/simulation.json")


def main() -> int:
    """Run seeds and mutations, write the result, and say which seeds failed."""
    options = arguments()
    logging.disable(logging.CRITICAL)  # a simulated worker warns of each simulated trouble
    started = time.perf_counter()
    totals = runs.Totals()
    for seed in range(options.seed, options.seed + options.seeds):
        totals.add(runs.run(seed, on_disk=options.disk_every > 0 and seed % options.disk_every == 0))
    seconds = time.perf_counter() - started
    say(f"{totals.runs} seeds from {options.seed} in {seconds:.1f} s: {totals.told()}")
    for failed in totals.failed[: options.show]:
        say(f"  seed {failed.seed}: {failed.told()}")
    mutated = {} if options.no_mutations else mutations(options.seed)
    write(totals, mutated, options.json)
    return 0 if not totals.failed and all(mutated.values()) else 1


def mutations(first_seed: int) -> dict[str, bool]:
    """Switch each safeguard off, and say whether it showed."""
    found = {}
    for mutation in MUTATIONS:
        shown = runs.try_mutation(mutation, first_seed)
        found[mutation.name] = shown.seed is not None and not shown.in_control
        say(f"  {mutation.name} off: {shown.told()}")
    return found


def write(totals: "runs.Totals", mutated: dict[str, bool], to: Path) -> None:
    """Write the result for the figures' page."""
    to.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "runs": totals.runs,
        "faults": dict(sorted(totals.faults.items())),
        "lost": totals.lost,
        "doubled": totals.doubled,
        "mutations": {name: "red" if is_red else "green" for name, is_red in mutated.items()},
        "failed_seeds": [failed.seed for failed in totals.failed],
    }
    to.write_text(json.dumps(result, indent=2) + "\n")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="proof.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds to run")
    parser.add_argument("--seed", type=int, default=1, help="the first one; with --seeds 1 it alone")
    parser.add_argument(
        "--disk-every", type=int, default=100, help="each so many seeds use stores on disk; 0: none"
    )
    parser.add_argument("--show", type=int, default=10, help="how many failed seeds to explain")
    parser.add_argument("--no-mutations", action="store_true", help="leave the safeguards on")
    parser.add_argument("--json", type=Path, default=RESULT, help="where the result goes")
    return parser.parse_args()


def say(text: str) -> None:
    """Tell the reader."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
