"""Checks the chain that the settings mean, line by line: what is not as it should be, and what to do."""

from chain.doctor.examine import examine

__all__ = ["examine"]
