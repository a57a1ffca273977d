"""How fast the brain is: a night's planning, the reaction to a page, and the model's training."""

import time
from collections.abc import Iterator
from random import Random
from typing import Final

from events.codec import decode, encode
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    ClockTicked,
    PauseCampaign,
    SpendObservation,
    SpendObserved,
)
from proof.bench.report import OURS, Figure, figure
from proof.pacing.agent import CURRENCY, DAY_MS, FIRST_MS, HOUR_MS, Agent, day_name
from proof.pacing.data import Data
from proof.pacing.histories import WEEKDAYS, Noise, came_out, day_of

SUBJECT: Final = "proof/tiktok/1"
PAGE: Final = 500
CAMPAIGNS: Final = 10_000
QUICK_CAMPAIGNS: Final = 1_000
BUDGET: Final = 100_000_000
HISTORY_DAYS: Final = 3
TICK_MS: Final = 1_000
TICKS_MAX: Final = 100_000
NOON: Final = 12
MILLISECONDS: Final = 1_000


class Night:
    """One account's agent that counts a few days of many campaigns, and plans each of them at midnight."""

    def __init__(self, data: Data, campaigns: int) -> None:
        self.agent = Agent(SUBJECT)
        self.names = [f"c{number}" for number in range(campaigns)]
        weeks = list(data.weeks.values())
        self._weeks = [weeks[number % len(weeks)] for number in range(campaigns)]
        self._dice = Random("speed")  # noqa: S311 - to be repeatable
        self.now_ms = FIRST_MS
        self.paused = 0

    def pages(self) -> list[list[str]]:
        """Return the campaigns, a page of them after the other."""
        return [self.names[first : first + PAGE] for first in range(0, len(self.names), PAGE)]

    def live(self, day: int) -> None:
        """Tell of a whole day, at its end."""
        self.now_ms = FIRST_MS + (day + 1) * DAY_MS - HOUR_MS // 2
        self.agent.take(ClockTicked(self.now_ms), "clock")
        for page in self.pages():
            self.agent.take(CampaignsObserved(CURRENCY, "UTC", self.now_ms, tuple(map(listed, page))))
            observations = []
            for name in page:
                shape = day_of(self._weeks[int(name[1:])], day % WEEKDAYS)
                hours = came_out(shape, self._dice, Noise())
                observations += [
                    SpendObservation(name, hour, int(micros / sum(hours) * BUDGET * 0.98))
                    for hour, micros in enumerate(hours)
                ]
            self.agent.take(self.page(day, observations))

    def page(self, day: int, observations: list[SpendObservation]) -> SpendObserved:
        """Return a page as it is on the log."""
        start_ms = FIRST_MS + day * DAY_MS
        return SpendObserved(
            CURRENCY, day_name(day), start_ms, start_ms + DAY_MS, self.now_ms, tuple(observations)
        )

    def wake(self, day: int) -> list[float]:
        """Begin a day and let it be planned; return how long each tick took, in milliseconds."""
        self.now_ms = FIRST_MS + day * DAY_MS + HOUR_MS // 60
        for page in self.pages():
            self.agent.take(self.page(day, [SpendObservation(name, 0, 0) for name in page]))
        ticks: list[float] = []
        while len(ticks) < TICKS_MAX:
            self.now_ms += TICK_MS
            begun = time.perf_counter()
            told = self.agent.take(ClockTicked(self.now_ms), "clock")
            ticks.append((time.perf_counter() - begun) * MILLISECONDS)
            if not told and len(ticks) > 1:
                return ticks[:-1]
        raise RuntimeError(f"{TICKS_MAX} ticks did not plan {len(self.names)} campaigns")


def listed(name: str) -> CampaignObservation:
    """Return a campaign as its platform lists it."""
    return CampaignObservation(name, name, "enabled", BUDGET)


def figures(data: Data, *, is_quick: bool) -> Iterator[Figure]:
    """Yield how long a night takes, and how long a page does."""
    night = Night(data, QUICK_CAMPAIGNS if is_quick else CAMPAIGNS)
    for day in range(HISTORY_DAYS):
        if day:
            night.wake(day)
        night.live(day)
    ticks = night.wake(HISTORY_DAYS)
    many = f"{len(night.names):,} campaigns"
    yield figure(f"speed: learning and planning {many} at midnight", OURS, "s", [sum(ticks) / MILLISECONDS])
    yield figure(f"speed: one tick of planning {many}", OURS, "ms", ticks)
    night.now_ms = FIRST_MS + HISTORY_DAYS * DAY_MS + NOON * HOUR_MS
    night.agent.take(ClockTicked(night.now_ms), "clock")
    yield figure(f"speed: a page of {PAGE} on plan, with the hour's look", OURS, "ms", reacted(night, 0.5))
    night.now_ms += HOUR_MS // 4
    yield figure(f"speed: a page of {PAGE} on plan", OURS, "ms", reacted(night, 0.51))
    night.paused = 0
    yield figure(f"speed: a page of {PAGE} that all run away", OURS, "ms", reacted(night, 1.5))
    if night.paused < len(night.names):
        raise RuntimeError(f"{len(night.names) - night.paused} campaigns ran away and were not paused")


def reacted(night: Night, spent: float) -> list[float]:
    """Return how long each page took from its bytes to the bytes of what follows, in milliseconds."""
    took = []
    for page in night.pages():
        hours = [int(BUDGET * spent / NOON)] * NOON
        fact = night.page(HISTORY_DAYS, [SpendObservation(name, NOON - 1, sum(hours)) for name in page])
        headers, body = encode(night.agent.event(fact))
        begun = time.perf_counter()
        for said in night.agent.decided(decode(headers, body)):
            encode(night.agent.event(said))
            night.paused += isinstance(said, PauseCampaign)
        took.append((time.perf_counter() - begun) * MILLISECONDS)
    return took
