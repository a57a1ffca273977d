"""What the demo sends, record by record: the same options and seed give the same bytes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from events import codec
from events.envelope import Envelope
from events.limits import PAGE_CAMPAIGNS_MAX
from events.types import CampaignObservation, CampaignsObserved, SpendObserved
from headgate.demo import world
from headgate.roles import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from events.types import Fact, SpendObservation
    from headgate.demo.world import Account

OBSERVATIONS_PER_SECOND = 20_000
# At least each simulated hour; more often than ten times a real second only makes pages small.
SWEEPS_MIN, SWEEPS_PER_SECOND_MAX = 24, 10
PAGE_OBSERVATIONS_MAX = 250
SOURCE = "demo/poller"


@dataclass(frozen=True, slots=True)
class Record:
    """One record to send; `partition` is given where the key does not choose it."""

    key: bytes
    headers: list[tuple[str, bytes]]
    body: bytes
    observations: int = 1
    partition: int | None = None
    unreadable: str = ""
    """The reason under which it has to be parked, if it must not count."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One look at every account at a simulated moment."""

    now_ms: int
    records: list[Record]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the simulated day takes, how many campaigns it has, and the seed of all its chances."""

    seconds: int
    campaigns: int
    seed: int

    @property
    def sweeps(self) -> int:
        """How often all accounts are looked at."""
        wanted = OBSERVATIONS_PER_SECOND * self.seconds // self.campaigns
        return max(SWEEPS_MIN, min(wanted, SWEEPS_PER_SECOND_MAX * self.seconds))


class Script:
    """The simulated day as sweeps: first who has which campaigns, then what they spend, sweep by sweep."""

    def __init__(self, plan: Plan, partitions: int) -> None:
        self.plan = plan
        self.accounts = world.accounts(plan.seed, plan.campaigns)
        self.chance = random.Random(plan.seed)  # noqa: S311 - a day to be repeated, no secret
        self._partitions = partitions
        self._made = 0

    def introductions(self) -> Iterator[Record]:
        """Return the time, and every account with its campaigns and budgets."""
        yield from self._ticks(world.BEGIN_MS)
        for account in self.accounts:
            lines = [
                CampaignObservation(one.name, f"Campaign {one.name[1:]}", "enabled", one.budget_micros)
                for one in account.campaigns
            ]
            for first in range(0, len(lines), PAGE_CAMPAIGNS_MAX):
                some = tuple(lines[first : first + PAGE_CAMPAIGNS_MAX])
                page = CampaignsObserved(account.currency, account.time_zone, world.BEGIN_MS, some)
                # The engine counts observations of spend, and any other record as one.
                yield self.record(account, world.BEGIN_MS, page)

    def sweeps(self) -> Iterator[Sweep]:
        """Return the day; the first sweep brings what each account has spent since its own midnight."""
        before_ms = None
        for number in range(1, self.plan.sweeps + 1):
            now_ms = world.BEGIN_MS + world.DAY_MS * number // self.plan.sweeps
            records = list(self._ticks(now_ms))
            for account in self.accounts:
                since_ms = account.day_start_ms(world.BEGIN_MS) if before_ms is None else before_ms
                records += self._pages(account, since_ms, now_ms)
            yield Sweep(now_ms, records)
            before_ms = now_ms

    def page(
        self, account: Account, day_start_ms: int, now_ms: int, seen: Sequence[SpendObservation]
    ) -> SpendObserved:
        """Return a page of an account's day as it was at a moment."""
        return SpendObserved(
            currency=account.currency,
            day=account.day(day_start_ms),
            day_start_ms=day_start_ms,
            day_end_ms=day_start_ms + world.DAY_MS,
            as_of_ms=now_ms,
            observations=tuple(seen),
        )

    def record(
        self, account: Account, now_ms: int, fact: Fact, observations: int = 1, *, unreadable: str = ""
    ) -> Record:
        """Return the record of a fact about an account."""
        self._made += 1
        moment = datetime.fromtimestamp(now_ms // 1000, UTC).isoformat().replace("+00:00", "Z")
        envelope = Envelope(
            f"demo.{self._made}", fact.TYPE, fact.VERSION, SOURCE, account.subject, time=moment
        )
        headers, body = codec.encode(codec.Event(envelope, fact))
        return Record(account.subject.encode(), headers, body, observations, unreadable=unreadable)

    def _ticks(self, now_ms: int) -> Iterator[Record]:
        for partition in range(self._partitions):
            headers, body = codec.encode(clock.tick(partition, now_ms))
            yield Record(clock.SUBJECT.encode(), headers, body, 1, partition)

    def _pages(self, account: Account, since_ms: int, now_ms: int) -> Iterator[Record]:
        for day_start_ms, seen in world.observe(account, since_ms, now_ms):
            for lines in pages(seen):
                page = self.page(account, day_start_ms, now_ms, lines)
                yield self.record(account, now_ms, page, len(lines))


def pages(seen: Sequence[SpendObservation]) -> Iterator[list[SpendObservation]]:
    """Cut observations into pages of whole campaigns: half a campaign's day would look like a slow one."""
    page: list[SpendObservation] = []
    for _campaign, lines in groupby(seen, key=lambda line: line.campaign):
        campaign = list(lines)
        if page and len(page) + len(campaign) > PAGE_OBSERVATIONS_MAX:
            yield page
            page = []
        page += campaign
    if page:
        yield page
