"""What a driver tells whoever watches it; the worker turns it into metrics and health."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from faust.types import TP

from streams.engine.batch import Record


class Observer:
    """Hears of rounds and ownership; this one keeps quiet, so override what is of interest."""

    def beat(self) -> None:
        """Hear that the loop came round, whether or not there was anything to do."""

    def span(self, name: str) -> AbstractContextManager[object]:  # noqa: ARG002 - for those who trace
        """Time what happens inside: a ``round``, its ``commit``, a ``restore``."""
        return nullcontext()

    def commit_done(self, seconds: float) -> None:
        """Hear how long the brokers took for a round's transaction."""

    def round_done(self, records: Sequence[Record], seconds: float) -> None:
        """Hear of a committed round."""

    def restored(self, owned: set[TP], records: int, seconds: float) -> None:
        """Hear that these partitions are ours and their state is here."""

    def revoked(self) -> None:
        """Hear that no partition is ours until the next assignment."""

    def lag(self, records: dict[TP, int]) -> None:
        """Hear, every few seconds, how many records of each partition are still to come."""
