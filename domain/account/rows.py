"""Every row that the account agent's table may hold."""

from domain.guard.rows import AgendaRow, DueRow, GuardRow
from domain.pacing.rows import AccountRow, CampaignRow, ClockRow, DayRow, RecordedRow

AnyRow = ClockRow | AccountRow | DayRow | CampaignRow | RecordedRow | GuardRow | AgendaRow | DueRow
