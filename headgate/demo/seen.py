"""What the log has told so far: accounts, their campaigns, days and plans, folded as the records come."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from events.types import (
    CampaignsObserved,
    CommandApplied,
    EditObserved,
    Fact,
    PlanSet,
    PollCompleted,
    PollFailed,
    SpendObserved,
)
from headgate.meters import Meter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from events.types import CampaignStatus

HOUR_MS = 3_600_000


def planned(hours_micros: Sequence[int], since_start_ms: int) -> int:
    """Return what may have been spent so long after a day's start."""
    whole, rest_ms = divmod(max(0, since_start_ms), HOUR_MS)
    begun = hours_micros[whole] * rest_ms // HOUR_MS if whole < len(hours_micros) else 0
    return sum(hours_micros[:whole]) + begun


Cells = dict[int, tuple[int, int]]
"""By hour: since when it is true, and how much it is."""


@dataclass(slots=True)
class SeenCampaign:
    """A campaign as the log shows it."""

    name: str
    status: CampaignStatus = "enabled"
    budget_micros: int | None = None
    as_of_ms: int = 0
    is_held: bool = False
    """Whether it stands still by our doing."""
    days: dict[str, Cells] = field(default_factory=dict)
    plans: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def target_micros(self, day: str) -> int:
        """Return what a day is meant to cost: a plan says it, while the budget may be stepped around it."""
        return sum(self.plans.get(day, ())) or self.budget_micros or 0

    def spent_micros(self, day: str) -> int:
        """Return what a day has cost so far."""
        return sum(micros for _, micros in self.days.get(day, {}).values())


@dataclass(slots=True)
class SeenAccount:
    """An account as the log shows it; sums are kept as they change."""

    subject: str
    currency: str = ""
    time_zone: str = ""
    day: str = ""
    day_start_ms: int = 0
    day_end_ms: int = 0
    as_of_ms: int = 0
    """How new its newest total is."""
    trouble: str = ""
    campaigns: dict[str, SeenCampaign] = field(default_factory=dict)
    spent_micros: Counter[str] = field(default_factory=Counter)
    """By day."""
    planned_micros: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By day: what each hour may cost, of all its campaigns."""

    def budget_micros(self) -> int:
        """Return what the day of all campaigns is meant to cost that are there."""
        return sum(one.target_micros(self.day) for one in self.campaigns.values() if one.status != "removed")

    def expected_micros(self) -> int:
        """Return what should have been spent today when the newest total was true."""
        return planned(self.planned_micros[self.day], self.as_of_ms - self.day_start_ms)

    def count(self, status: CampaignStatus) -> int:
        """Return how many campaigns stand so."""
        return sum(one.status == status for one in self.campaigns.values())

    def held(self) -> int:
        """Return how many campaigns we hold."""
        return sum(one.is_held for one in self.campaigns.values())

    def meter(self, campaign: SeenCampaign) -> Meter:
        """Return what a campaign has spent of its budget today, against its plan."""
        plan = campaign.plans.get(self.day, ())
        expected = planned(plan, self.as_of_ms - self.day_start_ms) if plan else None
        return Meter(campaign.spent_micros(self.day), campaign.target_micros(self.day), expected)

    def campaign(self, campaign: str) -> SeenCampaign:
        """Return a campaign, heard of before or not."""
        return self.campaigns.setdefault(campaign, SeenCampaign(campaign))


class Seen:
    """All accounts of the log."""

    def __init__(self) -> None:
        self.accounts: dict[str, SeenAccount] = {}

    def account(self, subject: str) -> SeenAccount:
        """Return an account, heard of before or not."""
        return self.accounts.setdefault(subject, SeenAccount(subject))

    def take(self, subject: str, fact: Fact) -> None:
        """Take what the log says of an account."""
        self._take(fact, subject)

    @singledispatchmethod
    def _take(self, fact: Fact, subject: str) -> None:
        """Pass over what changes nothing here."""

    @_take.register
    def _(self, fact: CampaignsObserved, subject: str) -> None:
        account = self.account(subject)
        account.currency, account.time_zone = fact.currency, fact.time_zone
        for seen in fact.campaigns:
            campaign = account.campaign(seen.campaign)
            if fact.as_of_ms >= campaign.as_of_ms:
                campaign.name, campaign.status = seen.name, seen.status
                campaign.budget_micros, campaign.as_of_ms = seen.daily_budget_micros, fact.as_of_ms

    @_take.register
    def _(self, fact: SpendObserved, subject: str) -> None:
        account = self.account(subject)
        account.as_of_ms = max(account.as_of_ms, fact.as_of_ms)
        if fact.day > account.day:
            account.day, account.day_start_ms, account.day_end_ms = (
                fact.day,
                fact.day_start_ms,
                fact.day_end_ms,
            )
        for seen in fact.observations:
            cells = account.campaign(seen.campaign).days.setdefault(fact.day, {})
            known, said = cells.get(seen.hour, (-1, 0)), (fact.as_of_ms, seen.spend_micros)
            if said > known:
                cells[seen.hour] = said
                account.spent_micros[fact.day] += said[1] - known[1]

    @_take.register
    def _(self, fact: PlanSet, subject: str) -> None:
        account = self.account(subject)
        planned = account.planned_micros[fact.day]
        for plan in fact.plans:
            campaign = account.campaign(plan.campaign)
            before = campaign.plans.get(fact.day, ())
            campaign.plans[fact.day] = plan.hours_micros
            planned.extend([0] * (len(plan.hours_micros) - len(planned)))
            for sign, hours in ((-1, before), (1, plan.hours_micros)):
                for hour, micros in enumerate(hours):
                    planned[hour] += sign * micros

    @_take.register
    def _(self, fact: CommandApplied, subject: str) -> None:
        campaign = self.account(subject).campaign(fact.campaign)
        if fact.action == "set-budget":
            return
        campaign.is_held = fact.action == "pause"
        campaign.status, campaign.as_of_ms = ("paused" if campaign.is_held else "enabled"), fact.at_ms

    @_take.register
    def _(self, fact: EditObserved, subject: str) -> None:
        campaign = self.account(subject).campaign(fact.campaign)
        if fact.theirs is not None:
            campaign.is_held, campaign.status = False, fact.theirs
        else:
            campaign.budget_micros = fact.theirs_micros

    @_take.register
    def _(self, fact: PollCompleted, subject: str) -> None:  # noqa: ARG002 - all of one shape
        self.account(subject).trouble = ""

    @_take.register
    def _(self, fact: PollFailed, subject: str) -> None:
        self.account(subject).trouble = fact.reason
