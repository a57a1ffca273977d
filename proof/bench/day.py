"""A day of platform spend as pollers would bring it: the hours advance, some campaigns run off their plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from events.codec import Event
from events.envelope import Envelope
from events.types import CampaignsObserved, SpendObserved
from events.types.campaigns import CampaignObservation
from events.types.spend import SpendObservation

DAY = "2026-09-20"
DAY_START_MS = 1_789_862_400_000
HOUR_MS = 3_600_000
HOURS = 24
MICROS = 1_000_000
# Coprime to every count in use, so that neighbours in the input are not neighbours in the state.
STRIDE = 7_919
QUIET_POLLS = 5  # each campaign moves in one poll of five on a quiet day


@dataclass(frozen=True)
class Day:
    """A whole day of all accounts, poll after poll."""

    accounts: int = 1_000
    campaigns: int = 100
    polls: int = 24
    page: int = 100
    is_quiet: bool = False
    """Whether a poll finds four of five campaigns as they were before."""

    @property
    def observations(self) -> int:
        """How many observations the day has."""
        return self.accounts * self.campaigns * self.polls

    def subject(self, account: int) -> str:
        """Name an account."""
        return f"acme/tiktok/{account:07d}"

    def events(self) -> Iterator[Event]:
        """Yield the budgets of all accounts and then the day."""
        for account in range(self.accounts):
            yield self.budgets(account)
        pages = self.accounts * self.campaigns // self.page
        for poll in range(self.polls):
            for turn in range(pages):
                yield self.spend(poll, turn * STRIDE % pages)

    def budgets(self, account: int) -> Event:
        """Return the page of an account's campaigns."""
        campaigns = tuple(
            CampaignObservation(name_of(number), f"Campaign {number}", "enabled", budget_micros(number))
            for number in range(self.campaigns)
        )
        data = CampaignsObserved("USD", "Etc/UTC", DAY_START_MS, campaigns)
        return self.event(f"budgets-{account}", account, data, 0)

    def spend(self, poll: int, number: int) -> Event:
        """Return one page of spend."""
        first = number * self.page
        account = first // self.campaigns
        as_of_ms = DAY_START_MS + (poll + 1) * HOURS * HOUR_MS // self.polls
        observations = tuple(
            self.observation(poll, account, campaign % self.campaigns)
            for campaign in range(first, first + self.page)
        )
        data = SpendObserved("USD", DAY, DAY_START_MS, DAY_START_MS + HOURS * HOUR_MS, as_of_ms, observations)
        return self.event(f"page-{poll}-{number}", account, data, as_of_ms - DAY_START_MS)

    def observation(self, poll: int, account: int, campaign: int) -> SpendObservation:
        """Return a campaign's newest hour; in the polls in which it does not move, the one before again."""
        moved = poll
        if self.is_quiet:
            moved = max(poll - (campaign + poll) % QUIET_POLLS, 0)
        hour = max((moved + 1) * HOURS // self.polls - 1, 0)
        micros = budget_micros(campaign) // self.polls * pace_permille(account, campaign, moved) // 1_000
        return SpendObservation(name_of(campaign), hour, micros, micros // 4_000, micros // 300_000, 1)

    def event(self, name: str, account: int, data: CampaignsObserved | SpendObserved, at_ms: int) -> Event:
        """Put data into the envelope that a poller gives it."""
        time = f"{DAY}T{min(at_ms // HOUR_MS, HOURS - 1):02d}:59:59Z"
        subject = self.subject(account)
        return Event(Envelope(name, data.TYPE, data.VERSION, "/poller/tiktok", subject, time), data)


def name_of(campaign: int) -> str:
    """Name a campaign."""
    return f"c{campaign:08d}"


def budget_micros(campaign: int) -> int:
    """Return a daily budget of 20 to 59 dollars."""
    return (20 + campaign % 40) * MICROS


def pace_permille(account: int, campaign: int, poll: int) -> int:
    """Return how fast a campaign spends in a poll: most by plan, one in eight off it."""
    temper = (account * 31 + campaign * 17) % 100
    if temper < 88:  # noqa: PLR2004 - a share
        return 900 + (campaign * 13 + poll * 29) % 200
    if temper < 94:  # noqa: PLR2004 - a share
        return 2_800 if poll % 6 < 3 else 100  # noqa: PLR2004 - three hours of six in bursts
    return 1_900 if temper < 97 else 350  # noqa: PLR2004 - a share
