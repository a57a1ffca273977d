"""Every row that the account agent's table may hold."""

from domain.alerts.rows import AlertsRow, FreshRow
from domain.forecast.lag import LagRow
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow
from domain.guard.rows import AgendaRow, BreakerRow, DueRow, GuardRow, HoldsRow, SteerRow, StopRow
from domain.metering.rows import LinkRow
from domain.pacing.periods import PeriodRow
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
    | BreakerRow
    | SteerRow
    | StopRow
    | HoldsRow
    | AlertsRow
    | FreshRow
    | HistoryRow
    | CurveRow
    | ForecastRow
    | LagRow
    | PeriodRow
    | LinkRow
)
