"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["OK", "WARN", "FAIL"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was looked at, how it stands, and (unless it is well) what to do."""

    name: str
    status: Status
    detail: str
    next_step: str = ""


def ok(name: str, detail: str) -> Check:
    """Say that it is as it should be."""
    return Check(name, "OK", detail)


def warn(name: str, detail: str, next_step: str) -> Check:
    """Say that it works, but not for long or not well."""
    return Check(name, "WARN", detail, next_step)


def fail(name: str, detail: str, next_step: str) -> Check:
    """Say that it will not work like this."""
    return Check(name, "FAIL", detail, next_step)
