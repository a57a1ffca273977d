"""Takes what campaigns may cost a day: the newest word on a budget counts, and a new one makes a new plan."""

from msgspec.structs import replace

from domain.draft import Draft
from domain.pacing import plan
from domain.pacing.rows import CampaignRow

NO_BUDGET = -1  # less than any


def observe_budget(draft: Draft, key: bytes, budget_micros: int | None, as_of_ms: int) -> CampaignRow | None:
    """Keep a budget that is newer than the one known; return the row when the budget is another one."""
    row: CampaignRow = draft.get(key) or CampaignRow()
    if not is_newer(as_of_ms, budget_micros, row):
        return None
    # Also when the budget stays: an older page that says otherwise may still come.
    changed = replace(row, budget_micros=budget_micros, budget_as_of_ms=as_of_ms)
    if budget_micros != row.budget_micros and row.day:
        changed = replace(changed, plan=plan.made(changed, plan.hours(row)))
    draft.changes[key] = changed
    return None if budget_micros == row.budget_micros else changed


def is_newer(as_of_ms: int, budget_micros: int | None, row: CampaignRow) -> bool:
    """Say whether a budget wins; of two with the same ``as_of`` the larger, so that order does not matter."""
    if as_of_ms != row.budget_as_of_ms:
        return as_of_ms > row.budget_as_of_ms
    return (NO_BUDGET if budget_micros is None else budget_micros) > (
        NO_BUDGET if row.budget_micros is None else row.budget_micros
    )
