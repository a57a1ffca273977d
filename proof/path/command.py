"""The command line of the chaos through the whole path."""

import argparse
import sys
from pathlib import Path

import msgspec
from rich.console import Console

from infra.errors import HeadgateError
from proof.path import report
from proof.path.run import Outcome, Run
from proof.path.world import Terms

ROOT = Path(__file__).parents[2]
people = Console(stderr=True, width=None if sys.stderr.isatty() else 160)


def main(arguments: list[str] | None = None) -> int:
    """Run the whole path through a day of trouble, and verify it; 1 if anything is amiss."""
    given = _parser().parse_args(arguments)
    terms = Terms(given.seed, given.kills, given.hours, given.speed, campaigns=given.campaigns)
    try:
        outcome = Run(given.folder / "path", terms, _say).carry_out()
    except HeadgateError as error:
        people.print(str(error), style="red")
        return error.exit_code
    written = report.write(given.folder, [outcome])
    report.show(people, [outcome])
    if given.json:
        sys.stdout.write(msgspec.json.encode(written).decode() + "\n")
    return _exit_code([outcome])


def _exit_code(outcomes: list[Outcome]) -> int:
    return int(not all(one.verdict.exact for one in outcomes))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proof.path", description=main.__doc__)
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
