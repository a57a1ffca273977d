"""How much a day's fundings may come to, for a platform, a client, a pot: accounts opened with their limit.

A reservation debits them, a voided one gives it back. Days are UTC's. What an account holds is the highest
limit of its day; the rules in force may allow less.
"""

from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from domain.treasury.ledger import ALLOWANCE, Line, safe
from domain.treasury.look import DAY_MS, Look
from events.types import FundingPolicySet

DAYS_KEPT: Final = 3


def day_name(utc_day: int) -> str:
    """Return a day's date."""
    return datetime.fromtimestamp(utc_day * DAY_MS // 1000, UTC).date().isoformat()


def of_platform(look: Look, platform: str) -> str:
    """Return which account limits a platform today."""
    return f"platform:{safe(platform)}:{day_name(look.utc_day)}"


def of_client(look: Look) -> str:
    """Return which account limits the client today."""
    return f"client:{day_name(look.utc_day)}"


def of_pot(look: Look) -> str:
    """Return which account limits the pot today."""
    return f"pot-limit:{look.pot}:{day_name(look.utc_day)}"


def limit_of(policy: FundingPolicySet, platform: str) -> int:
    """Return how much a day's fundings for a platform may come to."""
    for one in policy.platform_limits:
        if one.platform == platform:
            return one.micro_usdc
    return policy.other_limit_micro_usdc


def room(look: Look, name: str, limit_micro_usdc: int) -> int:
    """Return how much of a limit is left, what is pending counted as used; below zero never."""
    row = look.ledger.account(name)
    return max(0, limit_micro_usdc - row.debits_posted - row.debits_pending)


def open_for(look: Look, limits_micro_usdc: dict[str, int]) -> None:
    """Let accounts hold their limits before they are used; those of days long past are closed."""
    lines = []
    for name, limit in limits_micro_usdc.items():
        missing = limit - look.ledger.account(name).credits_posted
        if missing > 0:
            lines.append(Line(ALLOWANCE, name, missing))
    _book(look, lines)
    _note(look, tuple(limits_micro_usdc))


def _note(look: Look, names: tuple[str, ...]) -> None:
    """Remember what is open; with a new day comes the end of old ones."""
    today, row, client = day_name(look.utc_day), look.row, look.of_client
    if today not in row.limit_days:
        old = [f"pot-limit:{look.pot}:{day}" for day in row.limit_days if _is_old(look, day)]
        left = {name.rpartition(":")[2] for name in _close(look, old)}
        days = tuple(day for day in row.limit_days if not _is_old(look, day) or day in left)
        look.row = replace(look.row, limit_days=(*days, today))
    shared = tuple(name for name in names if not name.startswith("pot-limit:"))
    known = dict(client.days)
    if set(shared) <= set(known.get(today, ())):
        return
    if today not in known:
        for day in [day for day in known if _is_old(look, day)]:
            left_names = _close(look, known.pop(day))
            if left_names:
                known[day] = left_names
    known[today] = tuple(dict.fromkeys((*known.get(today, ()), *shared)))
    look.of_client = replace(look.of_client, days=tuple(known.items()))


def _is_old(look: Look, day: str) -> bool:
    return day < day_name(max(0, look.utc_day - DAYS_KEPT))


def _close(look: Look, names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Book out what was not used, and forget the accounts; return those that something is pending on."""
    left, lines, closed = [], [], []
    for name in names:
        row = look.ledger.account(name)
        if row.debits_pending:
            left.append(name)
            continue
        closed.append(name)
        unused = row.credits_posted - row.debits_posted
        if unused > 0:
            lines.append(Line(name, ALLOWANCE, unused))
    _book(look, lines)
    for name in closed:
        look.ledger.close(name)
    return tuple(left)


def _book(look: Look, lines: list[Line]) -> None:
    look.book("limit", lines, slot=look.of_client.slot, at_ms=look.now_ms)
