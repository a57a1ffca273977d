"""The command line of the chaos through the whole path."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console

from infra.errors import HeadgateError
from proof.path import report
from proof.path.run import Outcome, Run
from proof.path.world import Terms

ROOT = Path(__file__).parents[2]
# What is killed while a safeguard is off, in a short run of its own; each of them must turn red.
PROOFS = {
    "repeat-without-a-look": Terms(kills=14, hours=0, targets=("executor",), kills_broker=False),
    "write-before-the-intent": Terms(kills=14, hours=0, targets=("executor",), kills_broker=False),
    "position-before-rows": Terms(
        # Nothing outside tells when it is between two inserts, so it is made to be there half of the time.
        kills=12,
        hours=0,
        targets=("projector",),
        kills_broker=False,
        pause_ms=300,
    ),
}
people = Console(stderr=True, width=None if sys.stderr.isatty() else 160)


def main(arguments: list[str] | None = None) -> int:
    """Run the whole path through a day of trouble, verify it, and prove that the verdict can be red."""
    given = _parser().parse_args(arguments)
    outcomes: list[Outcome] = []
    proven: list[Outcome] = []
    try:
        if not (given.mutations or given.safeguard):
            terms = Terms(given.seed, given.kills, given.hours, given.speed, campaigns=given.campaigns)
            outcomes.append(Run(given.folder / "work-path", terms, _say).carry_out())
            report.show(people, outcomes)
        for name in [] if given.no_proof else given.safeguard or PROOFS:
            _say(f"without {name}")
            terms = replace(PROOFS[name], seed=given.seed, speed=given.speed, mutations=(name,))
            proven.append(Run(given.folder / "work-path", terms, _say).carry_out())
            report.show(people, proven[-1:])
    except HeadgateError as error:
        people.print(str(error), style="red")
        return error.exit_code
    written = report.write(given.folder, outcomes, proven)
    if given.json:
        sys.stdout.write(msgspec.json.encode(written).decode() + "\n")
    return int(not (all(one.verdict.exact for one in outcomes) and all(one.is_red for one in proven)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proof.path", description=main.__doc__)
    parser.add_argument("--mutations", action="store_true", help="only the mutation proof")
    parser.add_argument("--safeguard", action="append", choices=PROOFS, help="of it, only this one")
    parser.add_argument("--no-proof", action="store_true", help="only the run")
    parser.add_argument("--kills", type=int, default=Terms.kills, help=f"kills of roles ({Terms.kills})")
    parser.add_argument("--hours", type=int, default=Terms.hours, help=f"of the world ({Terms.hours})")
    parser.add_argument("--speed", type=int, default=Terms.speed, help=f"how fast they go ({Terms.speed})")
    parser.add_argument("--campaigns", type=int, default=Terms.campaigns, help=f"({Terms.campaigns})")
    parser.add_argument("--seed", type=int, default=Terms.seed, help=f"of everything ({Terms.seed})")
    parser.add_argument("--json", action="store_true", help="print what was written, for machines")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "build" / "chaos", help="where results and logs go"
    )
    return parser


def _say(words: str) -> None:
    people.print(words, highlight=False, soft_wrap=True)
