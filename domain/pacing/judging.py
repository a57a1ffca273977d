"""Judges campaigns whose spend or budget moved: a plan where there is none yet, then the pace against it."""

from msgspec.structs import replace

from domain.draft import Draft
from domain.pacing import pace, plan
from domain.pacing.rows import AccountRow, CampaignRow


def judge(draft: Draft, moved: dict[bytes, str], policy: AccountRow, *, replanned: bool = False) -> None:
    """Plan and judge the campaigns under these keys, once an event however often they moved in it."""
    planned: list[tuple[str, CampaignRow]] = []
    changes = draft.changes
    for key, campaign in moved.items():
        row: CampaignRow = changes[key]  # type: ignore[assignment]  # what moved is a campaign
        if row.plan is None or replanned:
            if row.plan is None and row.day:
                row = changes[key] = replace(row, plan=plan.made(row))
            if row.plan is not None:
                planned.append((campaign, row))
        gone_to = pace.moved_to(row, policy)
        if gone_to is not None:
            ratio, band = gone_to
            draft.facts.append(pace.deviation(campaign, row, ratio, band))
            changes[key] = replace(row, band=band)
    if planned:
        draft.facts += plan.told(planned)
