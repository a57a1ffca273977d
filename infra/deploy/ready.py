"""A container's health check: `python -m infra.deploy.ready URL` asks the role's own /ready."""

from __future__ import annotations

import sys

from infra.probe import ask

# Below the time that Docker gives a check, so that the reason is told and not cut off.
ANSWER_TIMEOUT_SECONDS = 4


def main() -> int:
    """Return 0 when the role does its work, else 1 with its reasons on a line each."""
    answer = ask(sys.argv[1], ANSWER_TIMEOUT_SECONDS)
    sys.stdout.write("\n".join(answer.reasons or ("ready",)) + "\n")
    return int(not answer.ready)


if __name__ == "__main__":
    sys.exit(main())
