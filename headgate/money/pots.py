"""Pots and treasuries as the projections know them, and the pot that a person means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from infra.errors import FixInput
from projections import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.settings import Settings

ROWS_MAX: Final = 10_000
SHOWN_MAX: Final = 5
POTS_SQL: Final = """
SELECT * FROM pots_now
WHERE {client:String} = '' OR client = {client:String}
ORDER BY client, lowerUTF8(name), pot
"""
TREASURIES_SQL: Final = """
SELECT * FROM treasury_now
WHERE {client:String} = '' OR client = {client:String}
ORDER BY client
"""


class Pot(msgspec.Struct, frozen=True):
    """A pot as it stands."""

    client: str
    pot: str
    name: str
    address: str
    vault: str
    treasury: str
    authority: str
    is_seen: bool
    """Whether the chain was read since it was opened."""
    balance_micro_usdc: int
    funded_micro_usdc: int
    settled_micro_usdc: int
    withdrawn_micro_usdc: int
    metered_today_micro_usdc: int
    campaigns_without_rate: int
    """How many have spent in a currency that nobody has said the worth of."""
    daily_cap_micro_usdc: int
    cap_used_micro_usdc: int
    coming_micro_usdc: int
    going_micro_usdc: int
    last_funding_ms: int | None
    last_funding_micro_usdc: int
    is_paused: bool
    is_foreign: bool
    campaigns: tuple[str, ...]
    open_alerts: int
    next_sequence: int
    history: str
    slot: int
    seen_ms: int | None

    @property
    def called(self) -> str:
        """How people call it."""
        return self.name or self.pot[:12]

    @property
    def cap_left_micro_usdc(self) -> int:
        """What the chain still lets in today."""
        return max(0, self.daily_cap_micro_usdc - self.cap_used_micro_usdc)


class Treasury(msgspec.Struct, frozen=True):
    """A client's treasury as it was seen last."""

    client: str
    treasury: str
    treasury_micro_usdc: int
    fee_payer: str
    fee_lamports: int
    slot: int
    seen_ms: int


def found(settings: Settings, client: str | None = None) -> list[Pot]:
    """Return the pots of a client, or of all."""
    rows = query.ask(settings, POTS_SQL, {"client": client or ""}, limit=ROWS_MAX).dicts()
    return msgspec.convert(rows, list[Pot], strict=False)


def treasuries(settings: Settings, client: str | None = None) -> list[Treasury]:
    """Return the treasury of a client, or of all."""
    rows = query.ask(settings, TREASURIES_SQL, {"client": client or ""}, limit=ROWS_MAX).dicts()
    return msgspec.convert(rows, list[Treasury], strict=False)


def find(known: Sequence[Pot], wanted: str) -> Pot:
    """Return the pot that is meant: by its name, client/name, or a beginning of its hex that only one has."""
    text = wanted.lower()
    exact = [one for one in known if text in {one.name.lower(), f"{one.client}/{one.name}".lower(), one.pot}]
    fit = exact or [one for one in known if one.pot.startswith(text)]
    fit = fit or [one for one in known if text in one.name.lower()]
    if len(fit) == 1:
        return fit[0]
    named = "; ".join(f"{one.client}/{one.called} ({one.pot[:12]})" for one in (fit or known)[:SHOWN_MAX])
    what = f"{len(fit)} pots are meant by {wanted}." if fit else f"There is no pot {wanted}."
    raise FixInput(what, f"Name one of: {named or 'none yet; headgate pots open makes one'}.")
