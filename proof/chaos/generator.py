"""Seeded input of all kinds: pages, restatements, pushes, policies, ticks and junk, with the oracle."""

import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from events.codec import Event, encode
from events.envelope import Envelope, to_headers
from events.types import (
    CampaignsObserved,
    ClockTicked,
    Fact,
    PolicySet,
    SpendObserved,
    SpendRecorded,
)
from events.types.campaigns import CampaignObservation
from events.types.spend import SpendObservation
from proof.chaos.oracle import Oracle
from proof.chaos.world import PARTITIONS, World

ACCOUNTS, CAMPAIGNS = 24, 5
START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR_MS = 3_600_000
TICK_EVERY_MS = 5 * 60_000  # pages may be ten minutes ahead of the log's clock
# Days pass slowly enough that none is buried in a run: the account agent keeps 35 of them.
STEPS_A_DAY = 3_000
DAYS_MAX = 30
REMEMBERED = 200
CURRENCY = "USD"
KINDS = {
    "page": 50,
    "past": 8,
    "push": 12,
    "increment": 40,
    "again": 12,
    "campaigns": 4,
    "policy": 2,
    "junk": 4,
}


@dataclass(frozen=True)
class Item:
    """One record to produce; ``parked`` says why it must become a dead letter."""

    topic: str
    key: str
    headers: list[tuple[str, bytes]] | None
    value: bytes | None
    partition: int = -1
    parked: str | None = None


class Generator:
    """An endless input; the same seed gives the same one."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random, self.oracle = world, random.Random(seed), Oracle()  # noqa: S311 - to be repeatable
        self.now = START + timedelta(hours=2)
        self.subjects = [f"client-{n % 4}/meta/account-{n}" for n in range(ACCOUNTS)]
        self.sent: deque[Item] = deque(maxlen=REMEMBERED)
        self.numbers = self.steps = 0
        self.ticked_ms = 0
        self.spent: dict[tuple[str, str, str, int], int] = {}
        self.policies = dict.fromkeys(self.subjects, 0)
        self.makers: dict[str, Callable[[str], Item]] = {
            "page": lambda subject: self.page(subject, 0),
            "past": lambda subject: self.page(subject, self.random.randint(1, 3)),
            "push": self.push,
            "increment": self.increment,
            "campaigns": self.campaigns,
            "policy": self.policy,
            "junk": self.junk,
        }

    # ---- the stream
    def first(self) -> Iterator[Item]:
        """Yield what every account begins with."""
        yield from self.tick()
        for subject in self.subjects:
            yield self.campaigns(subject)

    def step(self) -> Iterator[Item]:
        """Yield the next records."""
        self.steps += 1
        self.now += timedelta(seconds=self.random.randint(0, 10))
        if self.steps % STEPS_A_DAY == 0 and self.now - START < timedelta(days=DAYS_MAX):
            self.now += timedelta(hours=20)
        if self.now_ms - self.ticked_ms >= TICK_EVERY_MS:
            yield from self.tick()
        kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "again":
            if self.sent:
                item = self.random.choice(self.sent)
                self.sent.append(item)
                if item.topic == self.world.facts:
                    yield item
            return
        item = self.makers[kind](self.random.choice(self.subjects))
        if item.parked is None:
            self.sent.append(item)
        yield item

    def everywhere(self) -> Iterator[Item]:
        """Yield a page and an increment for each campaign, so that each row is read and written again."""
        for subject in self.subjects:
            yield self.page(subject, 0, all_campaigns=True)
            for number in range(CAMPAIGNS):
                yield self.increment(subject, number)

    # ---- kinds of records
    @property
    def now_ms(self) -> int:
        """The generator's time, which is the log's."""
        return round(self.now.timestamp()) * 1000

    def tick(self) -> Iterator[Item]:
        """Tell every partition the time, as the clock role does."""
        self.ticked_ms = self.now_ms
        for partition in range(PARTITIONS):
            yield self.fact("clock", ClockTicked(self.now_ms), partition=partition)

    def page(self, subject: str, days_back: int, *, all_campaigns: bool = False) -> Item:
        """Return a page of totals; some are late, some shrink, and past days are restated."""
        start = self.now.replace(hour=0, minute=0, second=0) - timedelta(days=days_back)
        day, start_ms = start.strftime("%Y-%m-%d"), round(start.timestamp()) * 1000
        late_ms = self.random.choice((0, 0, 0, 60_000, HOUR_MS))
        as_of_ms = max(self.now_ms - late_ms, start_ms)
        campaigns = range(CAMPAIGNS) if all_campaigns else sorted(self.random.sample(range(CAMPAIGNS), 3))
        observations = []
        for number in campaigns:
            hour = self.random.randint(0, 23 if days_back else self.now.hour)
            total = self.total((subject, f"c{number}", day, hour), days_back)
            observations.append(SpendObservation(f"c{number}", hour, total))
            self.oracle.observed((subject, f"c{number}", day), hour, as_of_ms, total)
        end_ms = start_ms + 24 * HOUR_MS
        return self.fact(
            subject, SpendObserved(CURRENCY, day, start_ms, end_ms, as_of_ms, tuple(observations))
        )

    def total(self, cell: tuple[str, str, str, int], days_back: int) -> int:
        """Return a cell's next total: it grows, and is corrected now and then."""
        before = self.spent.get(cell, 0)
        shrinks = before and self.random.random() < (0.5 if days_back else 0.1)
        change = -self.random.randint(0, before) if shrinks else self.random.randint(0, 9_000_000)
        self.spent[cell] = before + change
        return before + change

    def push(self, subject: str) -> Item:
        """Return an increment with a transaction id, for today or yesterday."""
        self.numbers += 1
        day = (self.now - timedelta(days=self.random.randint(0, 1))).strftime("%Y-%m-%d")
        campaign, amount = f"c{self.random.randrange(CAMPAIGNS)}", self.random.randint(1, 2_000_000)
        self.oracle.recorded((subject, campaign, day), f"t{self.numbers}", amount)
        return self.fact(subject, SpendRecorded(f"t{self.numbers}", campaign, day, amount, CURRENCY))

    def increment(self, subject: str, number: int | None = None) -> Item:
        """Return a record for the meter, which counts each."""
        self.numbers += 1
        campaign = f"c{self.random.randrange(CAMPAIGNS) if number is None else number}"
        amount = self.random.randint(1, 1_000_000)
        self.oracle.metered(subject, campaign, amount)
        fact = SpendRecorded(f"i{self.numbers}", campaign, self.now.strftime("%Y-%m-%d"), amount, CURRENCY)
        return self.fact(subject, fact, topic=self.world.increments)

    def campaigns(self, subject: str) -> Item:
        """Return a page of budgets."""
        seen = tuple(
            CampaignObservation(
                f"c{number}", f"Campaign {number}", "enabled", self.random.randint(1, 99) * 1_000_000
            )
            for number in range(CAMPAIGNS)
        )
        return self.fact(subject, CampaignsObserved(CURRENCY, "UTC", self.now_ms, seen))

    def policy(self, subject: str) -> Item:
        """Return a newer policy for an account."""
        self.policies[subject] += 1
        return self.fact(
            subject, PolicySet(self.policies[subject], pace_warning_permille=self.random.randint(1200, 1700))
        )

    def junk(self, subject: str) -> Item:
        """Return a record that cannot count, and why."""
        page = self.page_in_future(subject)
        kinds = (
            Item(self.world.facts, subject, page.headers, b"{ no json", parked="not-json"),
            Item(self.world.facts, subject, None, b"{}", parked="no-envelope"),
            Item(
                self.world.facts, subject, self.headers(subject, "no.such", 1), b"{}", parked="unknown-type"
            ),
            Item(self.world.facts, subject, page.headers, page.value, parked="as-of-in-future"),
        )
        return self.random.choice(kinds)

    def page_in_future(self, subject: str) -> Item:
        """Return a page that is ahead of the log's clock."""
        start_ms = round(self.now.replace(hour=0, minute=0, second=0).timestamp()) * 1000
        ahead = self.now_ms + 2 * HOUR_MS
        one = (SpendObservation("c0", 0, 10**9),)
        page = SpendObserved(
            CURRENCY, self.now.strftime("%Y-%m-%d"), start_ms, start_ms + 24 * HOUR_MS, ahead, one
        )
        return self.fact(subject, page)

    def fact(self, subject: str, fact: Fact, *, topic: str = "", partition: int = -1) -> Item:
        """Return a fact as a record."""
        envelope = self.envelope(subject, fact.TYPE, fact.VERSION)
        headers, value = encode(Event(envelope, fact))
        return Item(topic or self.world.facts, subject, headers, value, partition)

    def headers(self, subject: str, type_: str, version: int) -> list[tuple[str, bytes]]:
        """Return the headers of a type that may not exist."""
        return to_headers(self.envelope(subject, type_, version))

    def envelope(self, subject: str, type_: str, version: int) -> Envelope:
        """Return an envelope with a new id."""
        self.numbers += 1
        time = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        return Envelope(f"g{self.numbers}", type_, version, "/chaos/generator", subject, time)
