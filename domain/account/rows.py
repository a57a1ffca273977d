"""Every row that the account agent's table may hold."""

from domain.guard.rows import AgendaRow, DueRow, GuardRow
from domain.pacing.rows import (
    AccountRow,
    CampaignRow,
    ClockRow,
    DayRow,
    HoursRow,
    IndexRow,
    NightRow,
    NightsRow,
    PlanRow,
    RecordedRow,
    TermsRow,
)

AnyRow = (
    ClockRow
    | AccountRow
    | DayRow
    | CampaignRow
    | RecordedRow
    | PlanRow
    | TermsRow
    | HoursRow
    | IndexRow
    | NightRow
    | NightsRow
    | GuardRow
    | AgendaRow
    | DueRow
)
