"""Judges campaigns whose spend or budget moved: a plan where there is none yet, then the pace against it."""

from msgspec.structs import replace

from domain.draft import Draft
from domain.pacing import pace, plan
from domain.pacing.rows import AccountRow, CampaignRow


def judge(draft: Draft, moved: dict[bytes, str], policy: AccountRow, *, replanned: bool = False) -> None:
    """Plan and judge the campaigns under these keys, once an event however often they moved in it."""
    planned: list[tuple[str, CampaignRow]] = []
    for key, campaign in moved.items():
        row: CampaignRow = draft.get(key)
        if row.budget_micros and row.day and (replanned or not row.plan):
            if not row.plan:
                row = draft.changes[key] = replace(row, plan=plan.made(row))
            planned.append((campaign, row))
        gone_to = pace.moved_to(row, policy)
        if gone_to is not None:
            ratio, band = gone_to
            draft.facts.append(pace.deviation(campaign, row, ratio, band))
            draft.changes[key] = replace(row, band=band)
    if planned:
        draft.facts += plan.told(planned)
