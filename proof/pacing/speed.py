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
from proof.forecasting.training import measure_training
from proof.pacing.agent import CURRENCY, DAY_MS, FIRST_MS, HOUR_MS, Agent, day_name
from proof.pacing.data import Data
from proof.pacing.histories import WEEKDAYS, Noise, came_out, day_of

SUBJECT: Final = "proof/tiktok/1"
PAGE: Final = 500
CAMPAIGNS: Final = 10_000
QUICK_CAMPAIGNS: Final = 1_000
QUICK_TRAINED: Final = 300
HUNDRED: Final = 100
BUDGET: Final = 100_000_000
HISTORY_DAYS: Final = 3
TICK_MS: Final = 1_000
TICKS_MAX: Final = 100_000
NOON: Final = 12
EASY: Final = 0.8  # of a plan, so that nobody is near a limit
HELD_BEFORE_MOST: Final = 20  # one of so many may have been unlucky before
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
        self.held = 0

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

    def morning(self, day: int) -> None:
        """Tell of a day's hours up to noon, as they were expected."""
        self.now_ms = FIRST_MS + day * DAY_MS + NOON * HOUR_MS - HOUR_MS // 4
        self.agent.take(ClockTicked(self.now_ms), "clock")
        for page in self.pages():
            observations = []
            for name in page:
                shape = day_of(self._weeks[int(name[1:])], day % WEEKDAYS)
                observations += [
                    SpendObservation(name, hour, int(micros / sum(shape) * BUDGET * EASY))
                    for hour, micros in enumerate(shape[:NOON])
                ]
            self.agent.take(self.page(day, observations))
        self.now_ms += HOUR_MS // 2
        self.agent.take(ClockTicked(self.now_ms), "clock")

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
    yield from reactions(night)


def reactions(night: Night) -> Iterator[Figure]:
    """Yield how long pages take that bring nothing new, an hour's look, and a campaign-wide runaway."""
    night.morning(HISTORY_DAYS)
    yield figure(f"speed: a page of {PAGE}, the first of its hour", OURS, "ms", reacted(night, 0.005))
    night.now_ms += HOUR_MS // 4
    yield figure(f"speed: a page of {PAGE} on plan", OURS, "ms", reacted(night, 0.01))
    held = night.held
    night.now_ms += HOUR_MS // 4
    yield figure(f"speed: a page of {PAGE} that all run away", OURS, "ms", reacted(night, 1.5))
    if night.held < len(night.names):
        raise RuntimeError(f"{len(night.names) - night.held} campaigns ran away and were not paused")
    if held * HELD_BEFORE_MOST > len(night.names):
        raise RuntimeError(f"{held} campaigns were paused before they ran away")


def reacted(night: Night, spent: float) -> list[float]:
    """Return how long each page took from its bytes to the bytes of what follows, in milliseconds.

    Each campaign has spent so much of its budget in the hour that is running.
    """
    took = []
    for page in night.pages():
        observations = [SpendObservation(name, NOON, int(BUDGET * spent)) for name in page]
        headers, body = encode(night.agent.event(night.page(HISTORY_DAYS, observations)))
        begun = time.perf_counter()
        for said in night.agent.decided(decode(headers, body)):
            encode(night.agent.event(said))
            night.held += isinstance(said, PauseCampaign)
        took.append((time.perf_counter() - begun) * MILLISECONDS)
    return took


def training(*, is_quick: bool) -> Iterator[Figure]:
    """Yield what one training of the forecaster takes, and how good what it forecasts is."""
    told = measure_training(QUICK_TRAINED if is_quick else CAMPAIGNS)
    what = f"training on {int(told['campaigns']):,} campaigns of 28 days"
    yield figure(f"speed: {what}", OURS, "s", [told["seconds"]])
    yield figure(f"speed: {what}, processor time", OURS, "s", [told["cpu_seconds"]])
    yield figure(f"memory: {what}", OURS, "MiB", [told["peak_mib"]])
    for level in (80, 95):
        inside = HUNDRED * told[f"coverage_{level}"]
        yield figure(f"forecaster: hours inside the nominal {level} %, two days ahead", OURS, "%", [inside])
    error = told["error_to_last_week"]
    yield figure("forecaster: error two days ahead, of last week told again", OURS, "x", [error])
