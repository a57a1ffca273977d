"""Entry point of the ``headgate`` command."""

import sys

from headgate.app import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
