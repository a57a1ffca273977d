"""Seeded input: pages late, repeated, restated and shrinking, pushes, budgets, policies, ticks and junk."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from events.codec import Event, encode
from events.envelope import Envelope
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    ClockTicked,
    Fact,
    PolicySet,
    SpendObservation,
    SpendObserved,
    SpendRecorded,
)

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SUBJECTS = ("a/meta/1", "a/meta/2", "b/google/1")
CAMPAIGNS = ("c1", "c2")
WEIGHTS = {"page": 8, "push": 4, "budgets": 2, "policy": 1, "tick": 3, "junk": 2, "increment": 8, "again": 4}


@dataclass(frozen=True)
class Item:
    """A record to be produced; without a partition, its key chooses one."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]] | None
    partition: int = -1


class Input:
    """A finite input in the order in which it is produced."""

    def __init__(self, seed: int, length: int, partitions: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - to be repeatable
        self.partitions, self.numbers, self.hours = partitions, 0, 6
        self.items: list[Item] = []
        makers: dict[str, Callable[[str], Item]] = {
            "page": self.page,
            "push": self.push,
            "budgets": self.budgets,
            "policy": self.policy,
            "tick": self.tick,
            "junk": self.junk,
            "increment": self.increment,
            "again": self.again,
        }
        for kind in self.random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length):
            self.hours += self.random.randint(0, 2)
            self.items.append(makers[kind](self.random.choice(SUBJECTS)))

    @property
    def now_ms(self) -> int:
        """The time in the world."""
        return round(START.timestamp()) * 1000 + self.hours * HOUR_MS

    def day(self, back: int) -> tuple[str, int]:
        """Return a day's name and when it began."""
        start = START + timedelta(days=max(self.hours // 24 - back, 0))
        return start.strftime("%Y-%m-%d"), round(start.timestamp()) * 1000

    def fact(self, subject: str, fact: Fact, topic: str = "account-facts", partition: int = -1) -> Item:
        """Return a fact as a record; some sources name their records as our own agents do."""
        self.numbers += 1
        envelope = Envelope(f"in-{self.numbers}", fact.TYPE, fact.VERSION, "/simulation", subject)
        headers, body = encode(Event(envelope, fact))
        return Item(topic, subject.encode(), body, headers, partition)

    def page(self, subject: str) -> Item:
        """Return totals of a day; a third belongs to a day that is over, and the order is loose."""
        back = self.random.choice((0, 0, 1, 2))
        day, start_ms = self.day(back)
        as_of_ms = max(start_ms, self.now_ms - self.random.randint(0, 3) * HOUR_MS)
        if self.random.random() < 0.05:  # noqa: PLR2004 - one in twenty is ahead of its time
            as_of_ms += 2 * DAY_MS
        currency = "EUR" if self.random.random() < 0.03 else "USD"  # noqa: PLR2004 - a few are foreign
        seen = tuple(
            SpendObservation(self.random.choice(CAMPAIGNS), self.random.randint(0, 3), self.amount())
            for _ in range(self.random.randint(0, 4))
        )
        return self.fact(subject, SpendObserved(currency, day, start_ms, start_ms + DAY_MS, as_of_ms, seen))

    def amount(self) -> int:
        """Return an amount; few enough that equal ones meet."""
        return self.random.randint(0, 12) * 1_000_000

    def push(self, subject: str) -> Item:
        """Return an increment, now and then with an id that was there before."""
        name = f"t{self.random.randint(0, 15)}"
        # The same id always says the same, as it must.
        fixed = random.Random(f"{subject} {name}")  # noqa: S311 - to be repeatable
        day = (START + timedelta(days=fixed.randint(0, 1))).strftime("%Y-%m-%d")
        amount = fixed.randint(1, 9) * 100_000
        return self.fact(subject, SpendRecorded(name, fixed.choice(CAMPAIGNS), day, amount, "USD"))

    def budgets(self, subject: str) -> Item:
        """Return budgets."""
        seen = tuple(
            CampaignObservation(name, name, "enabled", self.random.randint(1, 9) * 5_000_000)
            for name in CAMPAIGNS
        )
        return self.fact(subject, CampaignsObserved("USD", "UTC", self.now_ms, seen))

    def policy(self, subject: str) -> Item:
        """Return a policy."""
        version = self.random.randint(1, 5)
        return self.fact(subject, PolicySet(version, pace_warning_permille=1200 + 50 * version))

    def tick(self, _subject: str) -> Item:
        """Tell one partition the time."""
        partition = self.random.randrange(self.partitions)
        return self.fact("clock", ClockTicked(self.now_ms), partition=partition)

    def junk(self, subject: str) -> Item:
        """Return what nobody can read."""
        good = self.page(subject)
        broken = (
            Item("account-facts", subject.encode(), b"{ no", good.headers),
            Item("account-facts", subject.encode(), None, good.headers),
            Item("account-facts", subject.encode(), good.value, None),
            Item("account-facts", b"", b"\xff", [("ce_type", b"\xff"), ("ce_type", b"x")]),
        )
        return self.random.choice(broken)

    def increment(self, subject: str) -> Item:
        """Return a record that counts each time it comes."""
        amount = self.random.randint(1, 99)
        fact = SpendRecorded("x", self.random.choice(CAMPAIGNS), "2026-03-01", amount, "USD")
        return self.fact(subject, fact, "increments")

    def again(self, subject: str) -> Item:
        """Return a record of the account once more, as a producer that tries again writes it."""
        before = [item for item in self.items if item.topic == "account-facts"]
        return self.random.choice(before) if before else self.increment(subject)
