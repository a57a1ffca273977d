"""What was spent by campaign and hour, as the log tells it: the newest total of an hour wins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from domain.decision import Refused
from domain.pacing import cells, days
from events.types import CampaignsObserved, CommandApplied, PollCompleted, SpendObserved
from forecaster.days import Day
from infra import logs

if TYPE_CHECKING:
    from events.codec import Event

# Of hours that nobody called whole: platforms are behind by so much at most.
LAG_MS: Final = 3 * 3_600_000
DAYS_KEPT: Final = 35
AHEAD_MS: Final = 24 * 3_600_000
PAUSES_KEPT: Final = 100
_log = logs.get(__name__)


@dataclass(slots=True)
class Campaign:
    """One campaign's hours by day, and when it was paused."""

    days: dict[str, bytes] = field(default_factory=dict)
    pauses: list[tuple[int, int | None]] = field(default_factory=list)
    """From when until when; the last one may go on."""

    def pause(self, at_ms: int) -> None:
        """Note that it does not spend from now on, for a reason that is not its own."""
        if not self.pauses or (self.pauses[-1][1] is not None and at_ms > self.pauses[-1][0]):
            self.pauses = [*self.pauses[1 - PAUSES_KEPT :], (at_ms, None)]

    def resume(self, at_ms: int) -> None:
        """Note that it may spend again."""
        if self.pauses and self.pauses[-1][1] is None and at_ms >= self.pauses[-1][0]:
            self.pauses[-1] = (self.pauses[-1][0], at_ms)


@dataclass(slots=True)
class Account:
    """What is known of an account."""

    currency: str
    zone: str | None = None
    days: dict[str, Day] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    whole_until_ms: int = 0
    """Up to when all that was spent has been told, as its platform says."""
    heard_ms: int = 0

    @property
    def told_until_ms(self) -> int:
        """Return up to when hours count as whole."""
        return self.whole_until_ms or self.heard_ms - LAG_MS

    def newest_day(self) -> Day | None:
        """Return the last day that pages have told of."""
        return self.days[max(self.days)] if self.days else None


class Ledger:
    """All accounts, bounded in campaigns and days."""

    def __init__(self, campaigns_max: int) -> None:
        self.accounts: dict[str, Account] = {}
        self.campaigns = 0
        self._campaigns_max = campaigns_max
        self._refused: set[str] = set()

    def take(self, event: Event, now_ms: int) -> None:
        """Take a fact in; those that say nothing of spend are passed over."""
        subject, fact = event.envelope.subject, event.data
        if isinstance(fact, SpendObserved):
            if _is_sound(fact, now_ms):
                self._spend(subject, fact)
        elif isinstance(fact, PollCompleted) and fact.kind == "spend" and subject in self.accounts:
            account = self.accounts[subject]
            account.whole_until_ms = max(account.whole_until_ms, fact.complete_until_ms)
        elif isinstance(fact, CampaignsObserved):
            self._statuses(subject, fact)
        elif isinstance(fact, CommandApplied):
            self._applied(subject, fact)

    def _spend(self, subject: str, page: SpendObserved) -> None:
        account = self.accounts.setdefault(subject, Account(page.currency))
        if page.day not in account.days:
            account.days[page.day] = Day(page.day, page.day_start_ms, page.day_end_ms)
            _forget(account)
        account.heard_ms = max(account.heard_ms, page.as_of_ms)
        since_start_ms = min(max(page.as_of_ms - page.day_start_ms, 0), cells.SINCE_START_MS_MAX)
        for one in page.observations if page.day in account.days else ():
            campaign = self._campaign(account, subject, one.campaign)
            if campaign is not None:
                known = campaign.days.get(page.day, b"")
                put = cells.put(known, one.hour, one.spend_micros, since_start_ms)
                if put is not None:
                    campaign.days[page.day] = put[0]

    def _campaign(self, account: Account, subject: str, name: str) -> Campaign | None:
        campaign = account.campaigns.get(name)
        if campaign is None:
            if self.campaigns >= self._campaigns_max:
                self._refuse(subject)
                return None
            campaign = account.campaigns[name] = Campaign()
            self.campaigns += 1
        return campaign

    def _refuse(self, subject: str) -> None:
        if subject not in self._refused:
            self._refused.add(subject)
            _log.warning("forecaster.too_many_campaigns", account=subject, most=self._campaigns_max)

    def _statuses(self, subject: str, page: CampaignsObserved) -> None:
        account = self.accounts.get(subject)
        if account is None:
            return
        account.zone = page.time_zone
        for one in page.campaigns:
            campaign = account.campaigns.get(one.campaign)
            if campaign is not None:
                (campaign.resume if one.status == "enabled" else campaign.pause)(page.as_of_ms)

    def _applied(self, subject: str, fact: CommandApplied) -> None:
        account = self.accounts.get(subject)
        campaign = None if account is None else account.campaigns.get(fact.campaign)
        if campaign is not None and fact.action in {"pause", "resume"}:
            (campaign.pause if fact.action == "pause" else campaign.resume)(fact.at_ms)

    def forget_silent(self, now_ms: int, silent_ms: int) -> None:
        """Drop accounts that nothing was heard of, and campaigns without days."""
        for subject, account in list(self.accounts.items()):
            for name in [name for name, one in account.campaigns.items() if not one.days]:
                del account.campaigns[name]
            if now_ms - account.heard_ms > silent_ms:
                del self.accounts[subject]
        self.campaigns = sum(len(account.campaigns) for account in self.accounts.values())


def _is_sound(page: SpendObserved, now_ms: int) -> bool:
    """Say whether a page is of a day that there is: one of days far ahead would push out all that are."""
    try:
        days.refuse_elsewhere(page.day, page.day_start_ms)
    except Refused:
        return False  # the account agent parks it, whole
    return max(page.day_start_ms, page.as_of_ms) < now_ms + AHEAD_MS


def _forget(account: Account) -> None:
    """Keep the newest days only."""
    for name in sorted(account.days)[:-DAYS_KEPT]:
        del account.days[name]
        for campaign in account.campaigns.values():
            campaign.days.pop(name, None)
