"""What people type about pots, read; and what they are asked before money or rights move."""

from __future__ import annotations

import hashlib
import re
import sys
from typing import TYPE_CHECKING, Final

import typer
from solders.pubkey import Pubkey

from events.limits import ID_CHARS_MAX, NAME_CHARS_MAX
from headgate.money.amounts import parsed
from infra.errors import FixInput

if TYPE_CHECKING:
    from headgate.potting.book import Campaign

POT_ID: Final = re.compile(r"[0-9a-f]{64}").fullmatch
CLIENT: Final = re.compile(rf"[^/\x00\s]{{1,{ID_CHARS_MAX}}}").fullmatch
NAME: Final = re.compile(rf"[^\x00\n]{{1,{NAME_CHARS_MAX}}}").fullmatch
CAMPAIGN_PARTS: Final = 3


def pot_id(client: str, name: str, given: str | None) -> str:
    """Return a pot's id, in hex: the one that was given, or the one that follows from its name."""
    if given is None:
        return hashlib.sha256(f"{client}/{name}".encode()).hexdigest()
    text = given.strip().lower().removeprefix("0x")
    if not POT_ID(text):
        raise FixInput(f"{given} is no pot's id.", "Give 32 bytes in hex: 64 digits from 0 to f.")
    return text


def client_name(text: str) -> str:
    """Return a client's name, as the log keys everything by it."""
    if not CLIENT(text):
        raise FixInput(
            f"{text!r} is no client's name.",
            "It has neither slashes nor spaces.",
        )
    return text


def pot_name(text: str) -> str:
    """Return the name that people call a pot by."""
    if not NAME(text.strip()):
        raise FixInput("A pot needs a name.", f"Give one of at most {NAME_CHARS_MAX} characters.")
    return text.strip()


def campaign(text: str) -> Campaign:
    """Return a campaign that was given as PLATFORM/ACCOUNT/CAMPAIGN."""
    parts = text.strip().split("/")
    if len(parts) != CAMPAIGN_PARTS or not all(CLIENT(part) for part in parts):
        raise FixInput(
            f"{text!r} names no campaign.", "Say PLATFORM/ACCOUNT/CAMPAIGN, such as tiktok/7001/1801."
        )
    return parts[0], parts[1], parts[2]


def amount(text: str) -> int:
    """Return an amount of USDC in micros."""
    return parsed(text)


def address(text: str, what: str) -> Pubkey:
    """Return an address on Solana."""
    try:
        return Pubkey.from_string(text.strip())
    except ValueError as error:
        raise FixInput(f"{text!r} is no address of {what}.", "Give it in base58.") from error


def confirm(question: str, *, yes: bool) -> None:
    """Ask before money or rights move; without a terminal only --yes will do."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise FixInput(f"This was not confirmed: {question}", "Give --yes to be asked nothing.")
    typer.confirm(question, abort=True, err=True)
