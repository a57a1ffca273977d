"""Takes what campaigns may cost a day on their platform: the newest word on a budget counts."""

from msgspec.structs import replace

from domain.draft import Draft
from domain.pacing.rows import CampaignRow

NO_BUDGET = -1  # less than any


def observe_budget(draft: Draft, key: bytes, budget_micros: int | None, as_of_ms: int) -> bool:
    """Keep a budget that is newer than the one known; say whether it is another one."""
    row: CampaignRow = draft.get(key) or CampaignRow()
    if not is_newer(as_of_ms, budget_micros, row):
        return False
    # Also when the budget stays: an older page that says otherwise may still come.
    draft.changes[key] = replace(row, budget_micros=budget_micros, budget_as_of_ms=as_of_ms)
    return budget_micros != row.budget_micros


def is_newer(as_of_ms: int, budget_micros: int | None, row: CampaignRow) -> bool:
    """Say whether a budget wins; of two with the same ``as_of`` the larger, so that order does not matter."""
    if as_of_ms != row.budget_as_of_ms:
        return as_of_ms > row.budget_as_of_ms
    return (NO_BUDGET if budget_micros is None else budget_micros) > (
        NO_BUDGET if row.budget_micros is None else row.budget_micros
    )
