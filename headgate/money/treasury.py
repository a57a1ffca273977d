"""What a treasury may still do today: its limits with their use, its rates, and what it was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from infra.errors import FixInput
from projections import query

if TYPE_CHECKING:
    from events.types import FundingPolicySet
    from infra.settings import Settings

USE_SQL: Final = """
SELECT
    splitByChar(':', account)[1] AS kind,
    if(kind = 'client', '', splitByChar(':', account)[2]) AS what,
    debits_posted AS used_micro_usdc,
    debits_pending AS pending_micro_usdc
FROM ledger_balances
WHERE client = {client:String} AND unit = 'micro-usdc' AND kind IN ('platform', 'client', 'pot-limit')
    AND endsWith(account, concat(':', {day:String}))
ORDER BY kind, what
"""
RATES_SQL: Final = """
SELECT currency, nano_usdc, as_of_ms, given_by
FROM fx_now WHERE client = {client:String} ORDER BY currency
"""
CLIENTS_SQL: Final = """
SELECT DISTINCT client FROM
(
    SELECT client FROM pots_now UNION ALL SELECT client FROM treasury_now
    UNION ALL SELECT client FROM funding_policy_now
)
ORDER BY client
"""
VERSION_SQL: Final = "SELECT max(version) AS version FROM funding_policies WHERE subject = {client:String}"


class Use(msgspec.Struct, frozen=True):
    """How much of a limit of today is used; of a limit that was not touched nothing is."""

    kind: str
    what: str
    used_micro_usdc: int
    pending_micro_usdc: int


class Rate(msgspec.Struct, frozen=True):
    """What a currency is worth."""

    currency: str
    nano_usdc: int
    as_of_ms: int
    given_by: str


class Limit(msgspec.Struct, frozen=True):
    """A limit of the day and its use."""

    name: str
    limit_micro_usdc: int
    used_micro_usdc: int
    pending_micro_usdc: int


def clients(settings: Settings) -> list[str]:
    """Return every client that has to do with money on chain."""
    return [str(row["client"]) for row in query.ask(settings, CLIENTS_SQL).dicts()]


def chosen(settings: Settings, client: str | None) -> str:
    """Return the client that is meant; where there is one only, it need not be named."""
    known = clients(settings)
    if client is not None and (client in known or not known):
        return client
    if client is None and len(known) == 1:
        return known[0]
    named = ", ".join(known[:20]) or "none yet; headgate pots open makes the first one's pot"
    what = "Whose treasury is meant is not clear." if client is None else f"There is no client {client}."
    raise FixInput(what, f"Name one of: {named}.")


def known_version(settings: Settings, client: str) -> int:
    """Return the highest version of rules that was ever set, in force or not."""
    rows = query.ask(settings, VERSION_SQL, {"client": client}).dicts()
    return int(rows[0]["version"] or 0) if rows else 0


def limits(settings: Settings, client: str, policy: FundingPolicySet, day: str) -> list[Limit]:
    """Return the limits of a UTC day that hold for all pots together, with their use."""
    rows = query.ask(settings, USE_SQL, {"client": client, "day": day}).dicts()
    used = {(one.kind, one.what): one for one in msgspec.convert(rows, list[Use], strict=False)}
    named = {one.platform: one.micro_usdc for one in policy.platform_limits}
    others = sorted({what for kind, what in used if kind == "platform"} - set(named))
    wanted = [("client", "", "all platforms", policy.client_limit_micro_usdc)]
    wanted += [("platform", platform, platform, limit) for platform, limit in sorted(named.items())]
    wanted += [("platform", platform, platform, policy.other_limit_micro_usdc) for platform in others]
    wanted += [
        ("pot-limit", what, f"pot {what[:12]}", policy.pot_limit_micro_usdc)
        for kind, what in used
        if kind == "pot-limit"
    ]
    nothing = Use("", "", 0, 0)
    return [
        Limit(name, limit, one.used_micro_usdc, one.pending_micro_usdc)
        for kind, what, name, limit in wanted
        for one in [used.get((kind, what), nothing)]
    ]


def rates(settings: Settings, client: str) -> list[Rate]:
    """Return what each currency is worth to a treasury."""
    rows = query.ask(settings, RATES_SQL, {"client": client}).dicts()
    return msgspec.convert(rows, list[Rate], strict=False)
