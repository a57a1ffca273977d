"""What a pot's campaigns have cost it, day by day, and what of that is to be settled."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from domain.decision import Refused
from domain.treasury import rates, stints
from domain.treasury.look import MINUTE_MS, Look
from domain.treasury.rows import Campaign, DaySpend, LinkRow, SpendRow, link_key, spend_key
from events.types import CampaignMetered

DAYS_KEPT: Final = 40  # platforms restate at most a month back
DAYS_MAX: Final = 400  # of a currency that nobody gives a rate for


class Books(NamedTuple):
    """What a pot has to pay for."""

    unsettled_micro_usdc: int
    """Spent, as far as is likely, and not yet settled; below zero after a restatement."""
    due_micro_usdc: int
    """Of that, days that are over for long enough."""
    day: str
    """The newest of those."""
    next_ms: int
    """When another day will be; zero if none is waiting."""


def take(look: Look, fact: CampaignMetered) -> tuple[str, ...]:
    """Keep what a campaign has cost, and return the pots for which that says anything new."""
    campaign = fact.platform, fact.account, fact.campaign
    link: LinkRow | None = look.draft.get(link_key(look.client, campaign))
    if link is None:
        return ()
    shares = stints.shares(link.stints, fact.day, fact.spent_micros, fact.likely_micros)
    changed: list[str] = []
    for pot, (spent, likely) in shares.items():
        if not pot:
            continue
        key = spend_key(look.client, pot, campaign)
        row: SpendRow = look.draft.get(key) or SpendRow()
        kept = _with_day(look, row, fact, spent, likely)
        if pot == link.pot and not fact.is_closed and _is_newer(row.metered, fact):
            kept = replace(kept, metered=fact)
        if kept != row:
            look.draft.changes[key] = kept
            changed.append(pot)
    return tuple(changed)


def books(look: Look) -> Books:
    """Return what a pot has to pay for."""
    after_ms, paid = look.policy.settle_after_minutes * MINUTE_MS, look.row.paid_micro_usdc
    spent = due = 0
    newest, next_ms = "", 0
    for _, spend in spenders(look):
        spent, due = spent + spend.older_micro_usdc, due + spend.older_micro_usdc
        newest = max(newest, spend.older_day)
        for day in spend.days:
            nano = rate_of(look, day)
            spent += 0 if nano is None else rates.in_usdc(cost(day), nano)
            if not day.is_closed:
                continue
            if day.end_ms + after_ms > look.now_ms:
                next_ms = min(next_ms or day.end_ms + after_ms, day.end_ms + after_ms)
            elif (final := final_rate(look, day)) is not None:
                due += rates.in_usdc(day.spent_micros, final)
                newest = max(newest, day.day)
    return Books(spent - paid, due - paid, newest, next_ms)


def freeze(look: Look) -> None:
    """Let days that are settled keep the rate that they are settled by, whatever is said of them later."""
    after_ms = look.policy.settle_after_minutes * MINUTE_MS
    for campaign, spend in spenders(look):
        days = tuple(
            replace(day, nano_usdc=final)
            if day.is_closed
            and day.end_ms + after_ms <= look.now_ms
            and not day.nano_usdc
            and (final := final_rate(look, day)) is not None
            else day
            for day in spend.days
        )
        if days != spend.days:
            kept = _folded(replace(spend, days=days))
            look.draft.changes[spend_key(look.client, look.pot, campaign)] = kept


def spenders(look: Look) -> Iterator[tuple[Campaign, SpendRow]]:
    """Yield who is or was paid from a pot, with what is known of it."""
    for campaign in look.row.spenders:
        row: SpendRow | None = look.draft.get(spend_key(look.client, look.pot, campaign))
        if row is not None:
            yield campaign, row


def cost(day: DaySpend) -> int:
    """Return what a day has cost so far: reported, or likely while it is open."""
    return day.spent_micros if day.is_closed else max(day.spent_micros, day.likely_micros)


def rate_of(look: Look, day: DaySpend) -> int | None:
    """Return the rate that a day is reckoned by for now, however old; None where there never was one."""
    if day.nano_usdc or day.currency == rates.USD:
        return day.nano_usdc or rates.NANO
    newest = rates.newest(look, day.currency)
    return newest.nano_usdc if newest is not None else None


def final_rate(look: Look, day: DaySpend) -> int | None:
    """Return the rate that a day is settled by; None while there is none that may be used."""
    if day.nano_usdc:
        return day.nano_usdc
    fx = rates.current(look, day.currency)
    return None if isinstance(fx, str) else rates.nano_of(fx)


def _is_newer(known: CampaignMetered | None, fact: CampaignMetered) -> bool:
    return known is None or (fact.at_ms > known.at_ms and fact.day >= known.day)


def _with_day(look: Look, row: SpendRow, fact: CampaignMetered, spent: int, likely: int) -> SpendRow:
    """Put a day's newest figures in the place of older ones."""
    before = next((day for day in row.days if day.day == fact.day), None)
    if before is not None and (before.at_ms, before.is_closed) >= (fact.at_ms, fact.is_closed):
        return row
    if before is None and (fact.day <= row.older_day or not (spent or likely or not fact.is_closed)):
        return row
    day = DaySpend(
        day=fact.day,
        end_ms=fact.day_end_ms,
        at_ms=fact.at_ms,
        currency=fact.currency,
        spent_micros=spent,
        likely_micros=likely,
        is_closed=fact.is_closed or (before is not None and before.is_closed),
        nano_usdc=before.nano_usdc if before is not None else 0,
    )
    others = [one for one in row.days if one.day != fact.day]
    kept = _folded(replace(row, days=tuple(sorted((*others, day), key=lambda one: one.day))))
    if len(kept.days) > DAYS_MAX:
        raise Refused(
            "too-many-days", f"{look.client}: {len(kept.days)} days of {fact.campaign} are not settled"
        )
    return kept


def _folded(row: SpendRow) -> SpendRow:
    """Keep the newest days apart; of those before, what they have cost."""
    while len(row.days) > DAYS_KEPT and row.days[0].is_closed and row.days[0].nano_usdc:
        oldest = row.days[0]
        older = row.older_micro_usdc + rates.in_usdc(oldest.spent_micros, oldest.nano_usdc)
        row = replace(row, days=row.days[1:], older_micro_usdc=older, older_day=oldest.day)
    return row
