"""A role of the product, with pauses where kills are to find it, or a safeguard switched off.

`python -m proof.path.role --pause-ms 40 --mutation NAME -- ARGUMENTS`
"""

import argparse
import sys

from headgate.app import run
from proof.path import pauses
from proof.path.mutations import MUTATIONS


def main() -> int:
    """Replace functions in this process alone, and run the role."""
    parser = argparse.ArgumentParser(prog="python -m proof.path.role", description=__doc__)
    parser.add_argument("--pause-ms", type=int, default=0, help="longest pause")
    parser.add_argument("--mutation", action="append", default=[], choices=sorted(MUTATIONS))
    parser.add_argument("arguments", nargs="+", help="as for headgate itself")
    given = parser.parse_args()
    if given.pause_ms:
        pauses.install(setattr, given.pause_ms)
    for name in given.mutation:
        MUTATIONS[name](setattr)
    return run(given.arguments)


if __name__ == "__main__":
    sys.exit(main())
