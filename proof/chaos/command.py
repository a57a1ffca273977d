"""The command line of the chaos harness: which runs, and what they lead to."""

import argparse
import shutil
import sys
from pathlib import Path

import msgspec
from msgspec import structs
from rich.console import Console

from infra.errors import HeadgateError
from proof.chaos import report
from proof.chaos.harness import Harness, Outcome, Proven, summary
from proof.chaos.plan import PLAN, PROOFS, SHORT, Planned, Proof

ROOT = Path(__file__).parents[2]
# Where nobody looks at a terminal, tables are as wide as they need to be.
people = Console(stderr=True, width=None if sys.stderr.isatty() else 160)


def main(arguments: list[str] | None = None) -> int:
    """Make trouble for real processes on a real Kafka, and verify it all; 1 if anything is amiss."""
    given = _parser().parse_args(arguments)
    outcomes: list[Outcome] = []
    proven: list[Proven] = []
    work = given.folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    try:
        with Harness(work, given.seed, _say) as harness:
            for planned in _runs(given):
                outcomes.append(harness.run(planned))
                _tell(outcomes[-1])
            proven.extend(harness.prove(proof, _tell) for proof in _proofs(given))
    except HeadgateError as error:
        people.print(str(error), style="red")
        return error.exit_code
    written = report.write(given.folder, outcomes, proven)
    report.show(people, outcomes, proven)
    if given.json:
        sys.stdout.write(msgspec.json.encode(written).decode() + "\n")
    return int(not (all(one.verdict.exact for one in outcomes) and all(one.holds for one in proven)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proof.chaos", description=main.__doc__)
    titles = list(dict.fromkeys(one.title for one in PLAN))
    safeguards = [proof.safeguard for proof in PROOFS]
    parser.add_argument("--scenario", action="append", choices=titles, help="only this trouble (repeatable)")
    parser.add_argument("--mutations", action="store_true", help="only the mutation proof")
    parser.add_argument("--safeguard", action="append", choices=safeguards, help="of it, only this one")
    parser.add_argument("--short", action="store_true", help="one short run of all kinds, no proof")
    parser.add_argument("--kills", type=int, metavar="N", help="how often trouble comes in each run")
    parser.add_argument("--store", choices=("memory", "disk"), help="only with this store")
    parser.add_argument("--seed", type=int, default=1, help="seed of input, pauses and choices (1)")
    parser.add_argument("--json", action="store_true", help="print what was written, for machines")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "build" / "chaos", help="where results and logs go"
    )
    return parser


def _runs(given: argparse.Namespace) -> list[Planned]:
    if given.mutations or given.safeguard:
        return []
    return [
        structs.replace(one, times=given.kills or one.times)
        for one in (SHORT if given.short else PLAN)
        if one.title in (given.scenario or [one.title]) and one.store == (given.store or one.store)
    ]


def _proofs(given: argparse.Namespace) -> list[Proof]:
    if given.short or given.scenario:
        return []
    return [proof for proof in PROOFS if proof.safeguard in (given.safeguard or [proof.safeguard])]


def _say(words: str) -> None:
    people.print(words, highlight=False, soft_wrap=True)


def _tell(outcome: Outcome) -> None:
    verdict = "exact" if outcome.verdict.exact else summary(outcome.verdict)
    off = f" without {', '.join(outcome.planned.mutations)}" if outcome.planned.mutations else ""
    _say(f"{outcome.planned.title}{off}: {verdict} after {outcome.seconds} s")
