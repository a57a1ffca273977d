"""Why the chain refused a transaction, read from its own error: which instruction, and by which code."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec import Struct

PROGRAM_CODE_MIN: Final = 6_000
"""The first of the pot program's own codes; below are those of the token and the system program."""


class _Coded(Struct, frozen=True):
    code: int
    name: str
    msg: str


class _Idl(Struct, frozen=True):
    errors: list[_Coded]


class Refusal(Struct, frozen=True):
    """What the chain said: an instruction's own code, or a name of the chain's."""

    instruction: int | None
    code: int | None
    name: str
    """The program's name for the code, such as ``PotPaused``, or the chain's: ``BlockhashNotFound``."""
    words: str


def read_refusal(error: str) -> Refusal:
    """Read an error as `Landed.error` and `Chain.simulate` tell it."""
    try:
        told: Any = msgspec.json.decode(error)
    except msgspec.DecodeError:
        return Refusal(None, None, "Other", error[:200])
    match told:
        case {"InstructionError": [int(index), {"Custom": int(code)}]}:
            return _by_code(index, code)
        case {"InstructionError": [int(index), str(name)]}:
            return Refusal(index, None, name, f"instruction {index}: {name}")
        case str(name):
            return Refusal(None, None, name, name)
        case {**one} if len(one) == 1:
            name = str(next(iter(one)))
            return Refusal(None, None, name, error[:200])
        case _:
            return Refusal(None, None, "Other", error[:200])


@cache
def program_errors() -> dict[int, tuple[str, str]]:
    """Return the pot program's errors: code to name and words, as the IDL has them."""
    text = (files("chain") / "program" / "idl.json").read_bytes()  # money-ok: a path
    idl = msgspec.json.decode(text, type=_Idl)
    return {one.code: (one.name, one.msg) for one in idl.errors}


def _by_code(index: int, code: int) -> Refusal:
    name, words = program_errors().get(code, ("Other", "another program's error"))
    return Refusal(index, code, name, f"instruction {index}: {words} ({code})")
