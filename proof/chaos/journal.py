"""One byte that a worker shares with the harness: the step it is in, which outlives a kill -9."""

import mmap
import os
from pathlib import Path
from typing import Final

# In the order of a round; from deciding on, a round is in flight.
STEPS: Final = (
    "starting",
    "restoring",
    "idle",
    "deciding",
    "begin",
    "writing",
    "offsets",
    "committing",
    "committed",
)
IN_FLIGHT: Final = frozenset(STEPS[3:])
ROUNDS_BYTES = 4


class Journal:
    """The step of a worker and how many rounds it has done, in a file mapped into memory."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(descriptor, 1 + ROUNDS_BYTES)
        self._map = mmap.mmap(descriptor, 1 + ROUNDS_BYTES)
        os.close(descriptor)

    def write(self, step: str) -> None:
        """Say which step begins."""
        self._map[0] = STEPS.index(step)

    def count(self) -> int:
        """Count a round and return how many there were."""
        rounds = self.rounds() + 1
        self._map[1:] = rounds.to_bytes(ROUNDS_BYTES, "big")
        return rounds

    def rounds(self) -> int:
        """Return how many rounds the worker has begun."""
        return int.from_bytes(self._map[1:], "big")

    def step(self) -> str:
        """Return the step that the worker is in, or was in when it died."""
        return STEPS[self._map[0]]

    def close(self) -> None:
        """Let the file go."""
        self._map.close()
