"""One close look at a campaign: its rows as they stand by now, read when they are asked for."""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from domain.decision import About
from domain.draft import Draft
from domain.forecast.lag import LagRow, lag_key
from domain.forecast.nowcast import Nowcast, nowcast
from domain.guard.plans import free_hours, normal_by, paced_hours
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
from domain.pacing.rows import (
    CLOCK_KEY,
    AccountRow,
    CampaignRow,
    ClockRow,
    PlanRow,
    campaign_key,
    plan_key,
)
from events.limits import PERMILLE_MAX
from events.types import Fact, PolicySet

# Beside the alerts' bits: whatever its pace, every page is to be looked at closely.
CLOSELY: Final = 1 << 20
HOURLY: Final = 1 << 21  # its budget is stepped, or its hours close: every new hour is to be looked at


class Look:
    """A campaign, its account, and the moment; whoever changes one of its rows does so here."""

    row: CampaignRow
    guard: GuardRow
    steer: SteerRow
    breaker: BreakerRow
    plan: PlanRow | None
    """That of its day, if it has one."""
    ratio_permille: int | None
    """Its spend over its plan by the same instant; unknown without a plan."""

    def __init__(
        self, draft: Draft, subject: str, campaign: str, account: AccountRow, at_ms: int | None = None
    ) -> None:
        self.draft, self.subject, self.campaign, self.account = draft, subject, campaign, account
        self.rules: PolicySet = account.policy
        self.key = campaign_key(subject, campaign)
        self.now_ms = now_ms(draft, self.row.as_of_ms) if at_ms is None else at_ms
        self.turned = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - each attribute says its own type
        """Read a row when it is first asked for; that of the standard library takes a lock each time."""
        try:
            found = READ[name](self)
        except KeyError:
            raise AttributeError(name) from None
        setattr(self, name, found)
        return found

    @property
    def is_stopped(self) -> bool:
        """Say whether a person has ordered it, or all of its account, to stand still."""
        get = self.draft.get
        return get(account_stop_key(self.subject)) is not None or get(stop_key(self.key)) is not None

    @property
    def spent_micros(self) -> int:
        """Return what its day has cost as far as it was told."""
        return self.row.spent_micros + self.row.recorded_micros

    def nowcast(self) -> Nowcast:
        """Return what it has probably spent when its newest total was true."""
        lag: LagRow | None = self.draft.get(lag_key(self.subject))
        row, guard, plan = self.row, self.guard, self.plan
        rates = self.steer.rates if self.steer.day_end_ms == row.day_end_ms else ()
        if plan is None or not (row.closed_hours or guard.since_ms or rates[1:]):
            return nowcast(lag, row)
        return nowcast(lag, row, paced_hours(row, free_hours(row, plan, guard), rates))

    @property
    def is_today(self) -> bool:
        """Say whether the day of its row is still the day that it is."""
        row = self.row
        return bool(row.day) and row.day_start_ms <= self.now_ms < row.day_end_ms

    def keep(self, row: CampaignRow) -> None:
        """Change the campaign's row."""
        self.row = self.draft.changes[self.key] = row

    def guarded(self, **changes: object) -> None:
        """Change the guard's row."""
        self.guard = self.draft.changes[guard_key(self.key)] = replace(self.guard, **changes)

    def steered(self, **changes: object) -> None:
        """Change how its budget is stepped."""
        self.steer = self.draft.changes[steer_key(self.key)] = replace(self.steer, **changes)

    def broken(self, **changes: object) -> None:
        """Change its circuit breaker."""
        self.breaker = self.draft.changes[breaker_key(self.key)] = replace(self.breaker, **changes)

    def watched(self, bit: int, *, is_on: bool) -> None:
        """Have the campaign looked at closely with every page, or with every new hour, or no longer."""
        alerts = self.row.alerts | bit if is_on else self.row.alerts & ~bit
        if alerts != self.row.alerts:
            self.keep(replace(self.row, alerts=alerts))

    def tell(self, fact: Fact) -> None:
        """Publish a fact or a command about the account."""
        self.draft.facts.append(About(self.subject, fact, self.account.policy_version or None))


def now_ms(draft: Draft, otherwise_ms: int) -> int:
    """Return what the log's clock says, or another moment while it has said nothing."""
    clock: ClockRow | None = draft.get(CLOCK_KEY)
    return otherwise_ms if clock is None else clock.now_ms


def _plan(look: Look) -> PlanRow | None:
    plan: PlanRow | None = look.draft.get(plan_key(look.key))
    return plan if plan is not None and plan.day == look.row.day else None


def _ratio_permille(look: Look) -> int | None:
    plan, row = look.plan, look.row
    planned = normal_by(row, plan, row.as_of_ms) if plan is not None else 0
    return min(look.spent_micros * 1000 // planned, PERMILLE_MAX) if planned else None


READ: Final[dict[str, Callable[[Look], object]]] = {
    "row": lambda look: look.draft.get(look.key) or CampaignRow(),
    "guard": lambda look: look.draft.get(guard_key(look.key)) or GuardRow(),
    "steer": lambda look: look.draft.get(steer_key(look.key)) or SteerRow(),
    "breaker": lambda look: look.draft.get(breaker_key(look.key)) or BreakerRow(),
    "plan": _plan,
    "ratio_permille": _ratio_permille,
}
