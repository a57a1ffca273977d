"""The world of the demo: accounts, campaigns, and what each has spent at any moment of a simulated day."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from events.types import SpendObservation

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BEGIN_MS = int(datetime(2026, 11, 21, tzinfo=UTC).timestamp()) * 1000

# Zones without a change of clocks on these days, so that no time-zone database is needed.
CLIENTS = (
    ("acme", "USD", "America/New_York", -5),
    ("borealis", "EUR", "Europe/Berlin", 1),
    ("cumulus", "USD", "America/Los_Angeles", -8),
    ("delphi", "USD", "Asia/Singapore", 8),
)
PLATFORMS = (
    ("tiktok", ("7001", "7002")),
    ("google", ("123-456-7890", "123-456-7891")),
    ("meta", ("act-1001", "act-1002")),
)
# Close to even, so that an ordinary campaign stays on track; in thousandths of an even hour, 24,000 in all.
HOUR_WEIGHTS = (
    850, 830, 820, 820, 840, 880, 930, 980, 1020, 1050, 1070, 1080,
    1090, 1090, 1080, 1070, 1070, 1080, 1100, 1120, 1110, 1070, 1000, 950,
)  # fmt: skip
RUNAWAY_PERMILLE, STALL_PERMILLE = 15, 5
UNIT_MICROS = 1_000_000
# An impression costs about this much, every hundredth is clicked, every twentieth click converts.
IMPRESSION_MICROS, IMPRESSIONS_A_CLICK, CLICKS_A_CONVERSION = 4_000, 100, 20


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign that spends close to its budget, and from some moment on so many times as much."""

    name: str
    budget_micros: int
    appetite_permille: int
    changes_ms: int
    times: int


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its zone, and its campaigns."""

    subject: str
    currency: str
    time_zone: str
    offset_ms: int
    campaigns: tuple[Campaign, ...]

    def day_start_ms(self, now_ms: int) -> int:
        """Return when the account's day began."""
        return now_ms - (now_ms + self.offset_ms) % DAY_MS

    def day(self, day_start_ms: int) -> str:
        """Return the day that began then, as the account calls it."""
        return datetime.fromtimestamp((day_start_ms + self.offset_ms) // 1000, UTC).date().isoformat()


def accounts(seed: int, campaigns: int) -> list[Account]:
    """Return the accounts of a seed, with so many campaigns in all."""
    chance = random.Random(seed)  # noqa: S311 - a world to be repeated, no secret
    shells = [
        (f"{client}/{platform}/{number}", currency, zone, hours * HOUR_MS)
        for client, currency, zone, hours in CLIENTS
        for platform, numbers in PLATFORMS
        for number in numbers
    ]
    return [
        Account(*shell, tuple(_campaign(index, chance) for index in range(first, campaigns, len(shells))))
        for first, shell in enumerate(shells)
        if first < campaigns
    ]


def observe(account: Account, since_ms: int, now_ms: int) -> Iterator[tuple[int, list[SpendObservation]]]:
    """Return, by start of day, the totals of every hour that was going on after `since_ms`.

    The observations of a campaign stand together, so that a page of whole campaigns can be cut from them.
    """
    first = account.day_start_ms(since_ms)
    while first <= now_ms:
        begin, end = max(since_ms, first), min(now_ms, first + DAY_MS - 1)
        hours = range((begin - first) // HOUR_MS, (end - first) // HOUR_MS + 1)
        yield (
            first,
            [
                observation(campaign, hour, spent_micros(campaign, first + hour * HOUR_MS, hour, now_ms))
                for campaign in account.campaigns
                for hour in hours
            ],
        )
        first += DAY_MS


def spent_micros(campaign: Campaign, hour_start_ms: int, hour: int, now_ms: int) -> int:
    """Return what a campaign has spent in an hour, so far or in all."""
    until_ms = min(now_ms, hour_start_ms + HOUR_MS)
    an_hour = campaign.budget_micros * campaign.appetite_permille * HOUR_WEIGHTS[hour] // 24_000_000
    spent = an_hour * (until_ms - hour_start_ms) // HOUR_MS
    changed_ms = until_ms - max(hour_start_ms, campaign.changes_ms)
    if changed_ms > 0:
        spent += an_hour * (campaign.times - 1) * changed_ms // HOUR_MS
    return max(spent, 0)


def observation(campaign: Campaign, hour: int, micros: int) -> SpendObservation:
    """Return one line of a page."""
    impressions = micros // IMPRESSION_MICROS
    clicks = impressions // IMPRESSIONS_A_CLICK
    return SpendObservation(campaign.name, hour, micros, impressions, clicks, clicks // CLICKS_A_CONVERSION)


def _campaign(index: int, chance: random.Random) -> Campaign:
    budget = chance.randrange(20, 2_000) * UNIT_MICROS
    appetite, kind = chance.randrange(850, 1_100), chance.randrange(1_000)
    moment = BEGIN_MS + chance.randrange(DAY_MS // 20, DAY_MS * 9 // 10)
    if kind < RUNAWAY_PERMILLE:
        return Campaign(f"c{index}", budget, appetite, moment, chance.randrange(6, 25))
    if kind < RUNAWAY_PERMILLE + STALL_PERMILLE:
        return Campaign(f"c{index}", budget, appetite, moment, 0)
    return Campaign(f"c{index}", budget, appetite, BEGIN_MS, 1)
