"""A role with safeguards switched off: `python -m proof.path.role --mutation NAME -- ARGUMENTS`."""

import argparse
import sys
from collections.abc import Callable
from typing import Any, Final

from headgate.app import run
from proof import executor_mutations

Swap = Callable[[Any, str, object], None]
MUTATIONS: Final[dict[str, Callable[[Swap], None]]] = {**executor_mutations.MUTATIONS}


def main() -> int:
    """Replace what the safeguards do, in this process alone, and run the role."""
    parser = argparse.ArgumentParser(prog="python -m proof.path.role", description=__doc__)
    parser.add_argument("--mutation", action="append", default=[], choices=sorted(MUTATIONS))
    parser.add_argument("arguments", nargs="+")
    given = parser.parse_args()
    for name in given.mutation:
        MUTATIONS[name](setattr)
    return run(given.arguments)


if __name__ == "__main__":
    sys.exit(main())
