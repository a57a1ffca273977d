"""Measure: `python -m proof.bench [NAME ...] [--runs N] [--quick] [--json]`."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.console import Console

from infra.errors import HeadgateError
from proof.bench import peers, report
from proof.bench.ground import Ground
from proof.bench.names import ALONE, BENCHMARKS
from proof.bench.options import Options
from proof.bench.report import Figure


def main() -> int:
    """Measure what was asked for; a figure never fails, only a run that does not get through."""
    given = arguments()
    console = Console(stderr=True)
    options = Options(
        console,
        1 if given.quick and given.runs is None else given.runs or 3,
        given.quick,
        tuple(given.who),
        given.scenario,
        given.seconds_max,
        given.traffic,
        given.prices,
    )
    try:
        figures = measure(given.names or [*ALONE, *BENCHMARKS], options)
    except HeadgateError as error:
        console.print(f"{error.what}\n{error.next_step}", style="red", markup=False, highlight=False)
        return error.exit_code
    if given.json:
        sys.stdout.write(msgspec.json.encode({"figures": figures}).decode() + "\n")
    return 0


def measure(names: list[str], options: Options) -> list[Figure]:
    """Run benchmarks, on one broker those that need it."""
    notes = [f"Before it started, {os.getloadavg()[0]:.1f} processes wanted a core."]
    everything: list[Figure] = []
    for name in names:
        if name in ALONE:
            everything += kept(name, ALONE[name](options), options, notes)
    shared = [name for name in names if name in BENCHMARKS]
    if shared:
        peers.prepare(options)
        with Ground() as ground:
            for name in shared:
                everything += kept(name, BENCHMARKS[name](ground, options), options, notes)
    return everything


def kept(name: str, parts: Iterator[list[Figure]], options: Options, notes: list[str]) -> list[Figure]:
    """Write a benchmark's figures after each of its parts, so that none is lost."""
    figures: list[Figure] = []
    options.notes.clear()
    for more in parts:
        figures += more
        report.write(name, figures, options, [*notes, *options.notes])
        report.show(options.console, name, more)
    return figures


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m proof.bench", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=", ".join([*ALONE, *BENCHMARKS]),
        choices=[[], *ALONE, *BENCHMARKS],
    )
    parser.add_argument("--runs", type=int, help="runs of each figure (3; 1 with --quick)")
    parser.add_argument("--quick", action="store_true", help="small inputs, to see that all works")
    parser.add_argument("--who", action="append", default=[], help="only this contender (repeatable)")
    parser.add_argument("--scenario", default="", help="only scenarios whose name contains this")
    parser.add_argument("--seconds-max", type=int, default=60, help="longest run of one contender (60)")
    parser.add_argument("--traffic", type=Path, help="pacing: weeks of traffic to plan for (a CSV file)")
    parser.add_argument("--prices", type=Path, help="pacing: prices by the hour (a CSV file or a folder)")
    parser.add_argument("--json", action="store_true", help="the figures as JSON on standard output")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
