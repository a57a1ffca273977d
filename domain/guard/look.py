"""One close look at a campaign: its rows as they stand by now, read when they are asked for."""

import struct
from typing import Final

from msgspec.structs import replace

from domain.decision import About
from domain.draft import Draft
from domain.forecast.lag import LagRow, lag_key
from domain.forecast.nowcast import Nowcast, nowcast
from domain.guard.rows import (
    BreakerRow,
    GuardRow,
    SteerRow,
    account_stop_key,
    breaker_key,
    guard_key,
    steer_key,
    stop_key,
)
from domain.local_time import HOUR_MS
from domain.pacing.rows import (
    CLOCK_KEY,
    AccountRow,
    CampaignRow,
    ClockRow,
    PlanRow,
    campaign_key,
    plan_key,
)
from events.types import Fact, PolicySet

_TOTAL: Final = struct.Struct("<q")
# Beside the alerts' bits: whatever its pace, every page is to be looked at closely.
CLOSELY: Final = 1 << 20


class Look:
    """A campaign, its account, and the moment."""

    __slots__ = ("account", "campaign", "draft", "key", "now_ms", "rules", "subject", "turned")

    def __init__(
        self, draft: Draft, subject: str, campaign: str, account: AccountRow, at_ms: int | None = None
    ) -> None:
        self.draft, self.subject, self.campaign, self.account = draft, subject, campaign, account
        self.rules: PolicySet = account.policy
        self.key = campaign_key(subject, campaign)
        self.now_ms = now_ms(draft, self.row.as_of_ms) if at_ms is None else at_ms
        self.turned = False

    @property
    def row(self) -> CampaignRow:
        """Return the campaign's row."""
        row: CampaignRow | None = self.draft.get(self.key)
        return row or CampaignRow()

    @property
    def guard(self) -> GuardRow:
        """Return how it stands with the platform and with us."""
        row: GuardRow | None = self.draft.get(guard_key(self.key))
        return row or GuardRow()

    @property
    def steer(self) -> SteerRow:
        """Return how its budget is stepped."""
        row: SteerRow | None = self.draft.get(steer_key(self.key))
        return row or SteerRow()

    @property
    def breaker(self) -> BreakerRow:
        """Return its circuit breaker."""
        row: BreakerRow | None = self.draft.get(breaker_key(self.key))
        return row or BreakerRow()

    @property
    def is_stopped(self) -> bool:
        """Say whether a person has ordered it, or all of its account, to stand still."""
        get = self.draft.get
        return get(account_stop_key(self.subject)) is not None or get(stop_key(self.key)) is not None

    @property
    def plan(self) -> PlanRow | None:
        """Return the plan of its day, if it has one."""
        plan: PlanRow | None = self.draft.get(plan_key(self.key))
        return plan if plan is not None and plan.day == self.row.day else None

    @property
    def spent_micros(self) -> int:
        """Return what its day has cost as far as it was told."""
        return self.row.spent_micros + self.row.recorded_micros

    def nowcast(self) -> Nowcast:
        """Return what it has probably spent when its newest total was true."""
        lag: LagRow | None = self.draft.get(lag_key(self.subject))
        return nowcast(lag, self.row)

    @property
    def is_today(self) -> bool:
        """Say whether the day of its row is still the day that it is."""
        row = self.row
        return bool(row.day) and row.day_start_ms <= self.now_ms < row.day_end_ms

    def guarded(self, **changes: object) -> None:
        """Change the guard's row."""
        self.draft.changes[guard_key(self.key)] = replace(self.guard, **changes)

    def watched(self, *, is_closely: bool) -> None:
        """Have the campaign looked at closely with every page, or no longer."""
        row = self.row
        alerts = row.alerts | CLOSELY if is_closely else row.alerts & ~CLOSELY
        if alerts != row.alerts:
            self.draft.changes[self.key] = replace(row, alerts=alerts)

    def tell(self, fact: Fact) -> None:
        """Publish a fact or a command about the account."""
        self.draft.facts.append(About(self.subject, fact, self.account.policy_version or None))


def now_ms(draft: Draft, otherwise_ms: int) -> int:
    """Return what the log's clock says, or another moment while it has said nothing."""
    clock: ClockRow | None = draft.get(CLOCK_KEY)
    return otherwise_ms if clock is None else clock.now_ms


def planned_by(row: CampaignRow, plan: PlanRow, at_ms: int) -> int:
    """Return what a plan has for its day up to a moment."""
    totals, size = plan.totals, _TOTAL.size
    hours, since_ms = len(totals) // size, at_ms - row.day_start_ms
    hour = since_ms // HOUR_MS
    if since_ms <= 0 or not hours:
        return 0
    if hour >= hours or at_ms >= row.day_end_ms:
        return last_micros(plan)
    before = _TOTAL.unpack_from(totals, (hour - 1) * size)[0] if hour else 0
    after: int = _TOTAL.unpack_from(totals, hour * size)[0]
    length_ms = min(HOUR_MS, row.day_end_ms - row.day_start_ms - hour * HOUR_MS)
    planned: int = before + (after - before) * (since_ms - hour * HOUR_MS) // length_ms
    return planned


def last_micros(plan: PlanRow) -> int:
    """Return what a plan has for its whole day."""
    size = _TOTAL.size
    whole: int = _TOTAL.unpack_from(plan.totals, len(plan.totals) - size)[0] if plan.totals else 0
    return whole


def of_hour(totals: bytes, hour: int) -> int:
    """Return what running totals have for one hour; nothing for one that they don't have."""
    size = _TOTAL.size
    if not 0 <= hour < len(totals) // size:
        return 0
    before = _TOTAL.unpack_from(totals, (hour - 1) * size)[0] if hour else 0
    micros: int = _TOTAL.unpack_from(totals, hour * size)[0] - before
    return micros
