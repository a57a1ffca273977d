"""The command line of the chaos of money."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec
from rich.console import Console

from infra.errors import HeadgateError
from proof.treasury.chaos.run import Outcome, Run
from proof.treasury.chaos.world import MoneyTerms

ROOT = Path(__file__).parents[3]
people = Console(stderr=True, width=None if sys.stderr.isatty() else 160)


def main(arguments: list[str] | None = None) -> int:
    """Fund under kills, verify, and show that a naive client funds twice under the same trouble."""
    given = _parser().parse_args(arguments)
    terms = MoneyTerms(given.seed, given.fundings, given.kills)
    try:
        outcome = Run(given.folder / "work-money", terms, _say).carry_out(with_naive=not given.no_naive)
    except HeadgateError as error:
        _say(str(error))
        return error.exit_code
    written = facts(outcome)
    given.folder.mkdir(parents=True, exist_ok=True)
    body = msgspec.json.format(msgspec.json.encode(written), indent=2)
    (given.folder / "money.json").write_bytes(body + b"\n")
    sys.stdout.write(body.decode() + "\n")
    _say(outcome.verdict.told())
    doubles = outcome.naive is None or outcome.naive.permille > 0
    return int(not (outcome.verdict.is_exact and doubles))


def facts(outcome: Outcome) -> dict[str, object]:
    """Return what the file in ``build/chaos`` says."""
    verdict, control = outcome.verdict, outcome.naive
    # A crew counts roles by their first word.
    faults = {
        f"kill {'chain-executor' if role == 'chain' else role}": times
        for role, times in sorted(outcome.killed.items())
    }
    return {
        "runs": 1,
        "faults": faults | dict(sorted(outcome.faults.items())),
        "lost": verdict.found["pending"] + verdict.found["outcomes"],
        "doubled": verdict.found["balance"] + verdict.found["ends"],
        "found": dict(verdict.found),
        "examples": verdict.examples,
        "compared": dict(verdict.compared),
        "requests": dict(outcome.requests),
        "attempts": outcome.attempts,
        "ended_by": dict(outcome.ended),
        "seconds": outcome.seconds,
        "naive": None if control is None else {**msgspec.to_builtins(control), "permille": control.permille},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proof.treasury.chaos", description=main.__doc__)
    parser.add_argument("--fundings", type=int, default=MoneyTerms.fundings, help="how many (500)")
    parser.add_argument("--kills", type=int, default=MoneyTerms.kills, help="of executor and chain (30)")
    parser.add_argument("--seed", type=int, default=MoneyTerms.seed, help="of everything (1)")
    parser.add_argument("--no-naive", action="store_true", help="only the run")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "build" / "chaos", help="where results and logs go"
    )
    return parser


def _say(words: str) -> None:
    people.print(words, highlight=False, soft_wrap=True)
