"""Amounts of USDC as people type and read them: dollars, exact to the micro."""

from __future__ import annotations

import re
from typing import Final

from infra.errors import FixInput

UNIT_MICRO, CENT_MICRO = 1_000_000, 10_000
DIGITS = 6
# What the log takes for one funding, and what a pot on chain can count.
AMOUNT_MAX: Final = 10**15
U64_MAX: Final = 2**64 - 1
_AMOUNT: Final = re.compile(r"([0-9]+)(?:[.]([0-9]+))?").fullmatch
CHARS_MAX: Final = 40


def parsed(text: str) -> int:
    """Return an amount in micro-USDC that a person has typed, such as 500 or 12.50."""
    told = text.strip().removeprefix("$")
    if told.startswith("-"):
        raise FixInput(f"The amount {told} is negative.", "Give what is to be moved, such as 12.50.")
    match = _AMOUNT(told) if len(told) <= CHARS_MAX else None
    if match is None:
        raise FixInput(f"{told!r:.60} is no amount.", "Give dollars as digits, such as 500 or 12.50.")
    units, fraction = match[1], match[2] or ""
    if len(fraction) > DIGITS:
        raise FixInput(
            f"The amount {told} has {len(fraction)} decimals.",
            f"USDC has {DIGITS} at most: a micro is the smallest amount there is.",
        )
    micro = int(units) * UNIT_MICRO + int(fraction.ljust(DIGITS, "0"))
    if micro == 0:
        raise FixInput("The amount is zero, so nothing would move.", "Give an amount such as 12.50.")
    if micro > AMOUNT_MAX:
        beyond = "more than a pot on chain can count" if micro > U64_MAX else "more than one funding may move"
        raise FixInput(f"The amount {told} is {beyond}.", f"Give at most {AMOUNT_MAX // UNIT_MICRO:,}.")
    return micro


def said(micro_usdc: int) -> str:
    """Say an amount with its cents, and to the micro where there is less than a cent in it."""
    units, rest = divmod(abs(micro_usdc), UNIT_MICRO)
    digits = f"{rest // CENT_MICRO:02}" if rest % CENT_MICRO == 0 else f"{rest:06}"
    return f"{'-' if micro_usdc < 0 else ''}{units:,}.{digits}"


def usdc(micro_usdc: int) -> str:
    """Say an amount with its currency."""
    return f"{said(micro_usdc)} USDC"


def short(micro_usdc: int) -> str:
    """Say an amount in whole cents, rounded down, for tables."""
    units, rest = divmod(abs(micro_usdc), UNIT_MICRO)
    return f"{'-' if micro_usdc < 0 else ''}{units:,}.{rest // CENT_MICRO:02}"


def sol(lamports: int) -> str:
    """Say lamports in SOL, to the lamport."""
    units, rest = divmod(lamports, 1_000_000_000)
    return f"{units:,}.{f'{rest:09}'.rstrip('0') or '0'} SOL"
