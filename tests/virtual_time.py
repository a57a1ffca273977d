"""The event loop of proofs whose time passes at once, for tests."""

from proof.virtual_time import LoopTime, run

__all__ = ["LoopTime", "run"]
