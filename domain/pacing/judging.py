"""Judges campaigns whose spend or target moved: their pace against the plan of the hour that it is."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from domain.draft import Draft
from domain.guard.plans import normal_by
from domain.pacing import nights, pace, periods, plan
from domain.pacing.rows import AccountRow, CampaignRow, PlanRow, TermsRow, plan_key, terms_key

if TYPE_CHECKING:
    from events.types import CampaignPlan


def judge(draft: Draft, subject: str, moved: dict[bytes, str], account: AccountRow) -> set[bytes]:
    """Judge the campaigns under these keys, once an event however often they moved in it.

    Returns those that are ahead of their plan.
    """
    changes, rules = draft.changes, account.policy
    ahead: set[bytes] = set()
    first: list[tuple[CampaignRow, CampaignPlan]] = []
    for key, campaign in moved.items():
        row: CampaignRow = changes[key]  # type: ignore[assignment]  # what moved is a campaign
        if not row.plan:
            if not row.target_micros or not row.day:
                continue
            row = changes[key] = begun(draft, subject, key, campaign)
            planned: PlanRow = draft.get(plan_key(key))
            first.append((row, plan.provisional(campaign, row, planned)))
        ratio = ratio_of(draft, key, row, rules.breaker_ahead_permille)
        if ratio is None:
            continue
        if ratio > rules.breaker_ahead_permille:
            ahead.add(key)
        if row.band == pace.ON_TRACK and rules.pace_under_permille <= ratio < rules.pace_warning_permille:
            continue  # the ordinary case, told apart first because it is decided for every observation
        band = pace.next_band(row.band, ratio, rules)
        if band != row.band:
            draft.facts.append(pace.deviation(campaign, row, ratio, band))
            changes[key] = replace(row, band=band)
    draft.facts += plan.told(first)
    return ahead


def ratio_of(draft: Draft, key: bytes, row: CampaignRow, ahead_permille: int) -> int | None:
    """Return spend over plan; who is ahead is not held to what the limit on the first hours held back."""
    ratio = pace.ratio_permille(row)
    if ratio is None or ratio <= ahead_permille:
        return ratio
    drawn: PlanRow | None = draft.get(plan_key(key))
    if drawn is None or drawn.day != row.day or not drawn.held_micros:
        return ratio
    normal = normal_by(row, drawn, row.as_of_ms)
    return min(ratio, (row.spent_micros + row.recorded_micros) * 1000 // normal) if normal else ratio


def begun(draft: Draft, subject: str, key: bytes, campaign: str) -> CampaignRow:
    """Return a campaign that had no plan with an even one, until the night's work makes its own."""
    row: CampaignRow = draft.get(key)
    nights.wait(draft, subject, campaign)
    return plan.start(draft, key, row)


def retarget(draft: Draft, subject: str, key: bytes, campaign: str, wanted_micros: int | None) -> None:
    """Hold a campaign to what follows from a person's daily budget on the platform, and tell its plan."""
    row: CampaignRow = draft.get(key)
    kept: TermsRow | None = draft.get(terms_key(key))
    row = replace(row, wanted_micros=wanted_micros)
    before_micros, row = row.target_micros, aimed(draft, key, row, kept)
    if row.target_micros == before_micros:
        draft.changes[key] = row
        return
    if row.day:
        row = plan.changed(draft, key, row)
        planned: PlanRow | None = draft.get(plan_key(key))
        if row.target_micros and planned is not None:
            draft.facts += plan.told([(row, plan.provisional(campaign, row, planned))])
        nights.wait(draft, subject, campaign)
    draft.changes[key] = row


def aimed(draft: Draft, key: bytes, row: CampaignRow, kept: TermsRow | None) -> CampaignRow:
    """Return a campaign with what its day is meant to cost, by its terms or by its budget on the platform."""
    terms = kept.terms if kept is not None else None
    target_micros = periods.day_target(draft.read, draft.changes, key, terms, row, row.wanted_micros)
    return replace(row, target_micros=target_micros)
