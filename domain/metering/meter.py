"""Tells the treasury where a linked campaign stands: each time it is due, and sooner if it runs ahead."""

from typing import Final

from msgspec.structs import replace

from domain.decision import About
from domain.draft import Draft
from domain.guard import agenda
from domain.guard.agenda import MINUTE_MS
from domain.guard.look import Look
from domain.guard.plans import of_hour, planned_by
from domain.guard.rows import FREE
from domain.local_time import HOUR_MS
from domain.metering import links
from domain.metering.rows import LINKED, LinkRow, link_key
from domain.pacing import cells
from domain.pacing.rows import (
    DAYS_KEPT,
    CampaignRow,
    DayRow,
    PlanRow,
    TermsRow,
    campaign_key,
    day_key,
    days_before,
    terms_key,
)
from events.limits import AMOUNT_MICROS_MAX
from events.types import CampaignMetered

# Platforms correct the last days every hour, and older ones seldom: these are looked at once a day.
LATE_DAYS: Final = 3
LANDING_MS: Final = 2 * MINUTE_MS
"""For so long what was put in must last after the next time, until what follows from that is there."""
SOONER_MS: Final = 5 * MINUTE_MS
"""What runs ahead of what was said is told of this often at most."""


def due(look: Look) -> None:
    """Tell of a campaign if it is time, and note when it will be again."""
    link: LinkRow | None = look.draft.get(link_key(look.key))
    if link is None or not link.is_linked or link.due_ms > look.now_ms:
        return
    if not look.row.alerts & LINKED:  # it had not been seen when it was linked
        links.mark(look.draft, look.key, is_linked=True)
        look.row = look.draft.get(look.key)
    tell(look, link)


def unseen(draft: Draft, subject: str, campaign: str, at_ms: int) -> None:
    """Come back later to a linked campaign that no platform has shown yet."""
    key = link_key(campaign_key(subject, campaign))
    link: LinkRow | None = draft.get(key)
    if link is not None and link.is_linked:
        due_ms = agenda.minute(at_ms + SOONER_MS)
        draft.changes[key] = replace(link, due_ms=due_ms)
        agenda.put(draft, due_ms, subject, campaign)


def ahead(look: Look) -> None:
    """Tell at once of a campaign that has cost more than it was said to until it would be due again."""
    if not look.row.alerts & LINKED:
        return
    link: LinkRow | None = look.draft.get(link_key(look.key))
    if link is None or not link.is_linked or link.day != look.row.day or not look.is_today:
        return
    if look.spent_micros > link.promised_micros and look.now_ms >= link.told_ms + SOONER_MS:
        tell(look, link)


def tell(look: Look, link: LinkRow) -> None:
    """Tell of the days that are over and have changed, then of the one that is on."""
    row, told, promised = look.row, dict(link.told), 0
    for day, over in past(look, link):
        told[day] = spent(over)
        _say(look, _cost(look, link, over, day, told[day]))
    # At the same minutes for all campaigns of a pot, so that one funding is enough for them.
    due_ms = (look.now_ms // link.check_ms + 1) * link.check_ms
    if look.is_today:
        today = _today(look, link, due_ms + LANDING_MS)
        promised = today.spent_micros + today.expected_micros + today.band_micros
        _say(look, today)
    kept = tuple(sorted(told.items())[-DAYS_KEPT:])
    changed = replace(
        link, due_ms=due_ms, told_ms=look.now_ms, day=row.day, promised_micros=promised, told=kept
    )
    look.draft.changes[link_key(look.key)] = changed
    agenda.put(look.draft, due_ms, look.subject, look.campaign)


def past(look: Look, link: LinkRow) -> list[tuple[str, DayRow]]:
    """Return the days that are over and have cost something else than was told of them.

    Days before the one on which it was linked were paid by others.
    """
    row, told = look.row, dict(link.told)
    if not row.day:
        return []
    first = min((*told, link.day or row.day))
    days = LATE_DAYS if link.day == row.day else DAYS_KEPT
    names = [day for back in range(days, 0, -1) if (day := days_before(row.day, back)) >= first]
    over = [(day, found) for day in names if (found := look.draft.get(day_key(look.key, day))) is not None]
    if not look.is_today:  # its day is over, though no page of a new one has come
        last = DayRow(row.cells, row.recorded_micros, b"", 0, row.day_start_ms, row.day_end_ms)
        over.append((row.day, last))
    return [(day, found) for day, found in over if spent(found) != told.get(day)]


def spent(over: DayRow) -> int:
    """Return what a day that is over has cost."""
    return sum(cells.totals(over.cells)) + over.recorded_micros


def _today(look: Look, link: LinkRow, until_ms: int) -> CampaignMetered:
    row, now = look.row, look.nowcast()
    expected, band = _until(look, min(until_ms, row.day_end_ms))
    terms: TermsRow | None = look.draft.get(terms_key(look.key))
    cost = _cost(
        look, link, DayRow(start_ms=row.day_start_ms, end_ms=row.day_end_ms), row.day, look.spent_micros
    )
    return replace(
        cost,
        budget_micros=row.budget_micros if row.target_micros is None else row.target_micros,
        likely_micros=min(max(now.median_micros + row.recorded_micros, look.spent_micros), AMOUNT_MICROS_MAX),
        expected_micros=min(expected, AMOUNT_MICROS_MAX),
        band_micros=min(band, AMOUNT_MICROS_MAX),
        is_accelerated=terms is not None and terms.terms.curve == "front",
        is_running=look.guard.state == FREE and look.guard.status == "enabled",
        is_closed=False,
    )


def _cost(look: Look, link: LinkRow, over: DayRow, day: str, micros: int) -> CampaignMetered:
    """Return what a day has cost that is over."""
    _, platform, account = look.subject.split("/")
    cost = min(micros, AMOUNT_MICROS_MAX)
    return CampaignMetered(
        pot=link.pot,
        platform=platform,
        account=account,
        campaign=look.campaign,
        currency=look.account.currency,
        day=day,
        day_start_ms=over.start_ms,
        day_end_ms=over.end_ms,
        at_ms=look.now_ms,
        budget_micros=None,
        spent_micros=cost,
        likely_micros=cost,
        expected_micros=0,
        band_micros=0,
        is_accelerated=False,
        is_running=False,
        is_closed=True,
    )


def _until(look: Look, until_ms: int) -> tuple[int, int]:
    """Return what the plan has from now until a moment, and how much more it may well be."""
    row, plan = look.row, look.plan
    if plan is None:
        length_ms = row.day_end_ms - row.day_start_ms
        return (row.target_micros or row.budget_micros or 0) * max(0, until_ms - look.now_ms) // length_ms, 0
    expected = planned_by(row, plan, until_ms) - planned_by(row, plan, look.now_ms)
    return max(0, expected), _band(row, plan, look.now_ms, until_ms)


def _band(row: CampaignRow, plan: PlanRow, from_ms: int, until_ms: int) -> int:
    band, first = 0, max(0, from_ms - row.day_start_ms) // HOUR_MS
    for hour in range(first, -(-max(0, until_ms - row.day_start_ms) // HOUR_MS)):
        start_ms = row.day_start_ms + hour * HOUR_MS
        part_ms = min(until_ms, start_ms + HOUR_MS) - max(from_ms, start_ms)
        more = of_hour(plan.highs, hour) - of_hour(plan.totals, hour)
        band += max(0, more) * max(0, part_ms) // HOUR_MS
    return band


def _say(look: Look, fact: CampaignMetered) -> None:
    client = look.subject.partition("/")[0]
    look.draft.facts.append(About(client, fact, look.account.policy_version or None))
