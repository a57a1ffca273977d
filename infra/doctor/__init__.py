"""Checks this machine, line by line: what is as it should be, what is not, and what to do about it."""

from infra.doctor.check import Check
from infra.doctor.examine import examine

__all__ = ["Check", "examine"]
