"""Spend as the log tells it, and series, for tests of the forecaster."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from events import codec
from events.envelope import Envelope, moment
from events.types import Fact, PollCompleted, SpendObservation, SpendObserved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.arrays import Floats

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def daily(count: int, hours: int, *, seed: int = 1, noise: float = 0.2) -> Floats:
    """Give series with a shape of the day, levels of their own, and noise."""
    chance = np.random.default_rng(seed)
    wave = 1 + 0.7 * np.sin(2 * np.pi * np.arange(hours) / 24)
    levels = 10 ** chance.uniform(1, 6, (count, 1))
    values: Floats = levels * wave * np.exp(chance.normal(0, noise, (count, hours)))
    return values


def midnight(now_ms: int) -> int:
    """Return when the day began that it is at a moment, in UTC."""
    return now_ms - now_ms % DAY_MS


def event(subject: str, fact: Fact, at_ms: int, name: str) -> codec.Event:
    """Put a fact into an envelope."""
    envelope = Envelope(
        id=name, type=fact.TYPE, version=fact.VERSION, source="tests", subject=subject, time=moment(at_ms)
    )
    return codec.Event(envelope, fact)


def page(start_ms: int, campaigns: int, *, hours: int = 24, as_of_ms: int | None = None) -> SpendObserved:
    """Give a day of campaigns, each of its own size, with more by day than by night."""
    return SpendObserved(
        currency="USD",
        day=datetime.fromtimestamp(start_ms // 1000, UTC).date().isoformat(),
        day_start_ms=start_ms,
        day_end_ms=start_ms + DAY_MS,
        as_of_ms=start_ms + DAY_MS if as_of_ms is None else as_of_ms,
        observations=tuple(
            SpendObservation(
                f"c{number}",
                hour,
                round(10_000_000 * (number + 1) * (1.2 + math.sin(hour / 4 + start_ms // DAY_MS % 3 / 9))),
            )
            for number in range(campaigns)
            for hour in range(hours)
        ),
    )


def past(subject: str, now_ms: int, *, days: int, campaigns: int) -> Iterator[codec.Event]:
    """Give the whole days before today, and that they are whole."""
    today_ms = midnight(now_ms)
    for age in range(days, 0, -1):
        start_ms = today_ms - age * DAY_MS
        yield event(subject, page(start_ms, campaigns), start_ms + DAY_MS, f"{subject}-{age}")
    yesterday = datetime.fromtimestamp(today_ms // 1000, UTC).date() - timedelta(days=1)
    whole = PollCompleted(
        kind="spend",
        day=yesterday.isoformat(),
        as_of_ms=now_ms,
        complete_until_ms=today_ms,
        pages=1,
        rows=24 * campaigns,
    )
    yield event(subject, whole, now_ms, f"{subject}-whole")
