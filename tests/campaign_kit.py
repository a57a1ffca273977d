"""A campaign's days as the log tells them, for tests of what people are shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from events.codec import Event, encode
from events.envelope import Envelope
from events.types import (
    AlertCleared,
    AlertRaised,
    BreakerMoved,
    CampaignObservation,
    CampaignPlan,
    CampaignsObserved,
    ClockTicked,
    CommandApplied,
    EditObserved,
    Fact,
    PauseCampaign,
    PlanPart,
    PlanSet,
    PollCompleted,
    ResumeCampaign,
    SetBudget,
    SpendObservation,
    SpendObserved,
    TermsSet,
)
from infra.settings import load
from infra.world_time import wall_ms
from projections import migrate
from projections.batch import Batch, Record
from projections.client import open_clickhouse
from projections.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from infra.settings import Settings

SUBJECT = "acme/tiktok/7001"
CAMPAIGN, NAME = "1780000000000012", "Boots Reach 012"
ZONE = "America/New_York"
DAY = "2026-11-21"
# New York's midnight.
MIDNIGHT_MS = 1_795_237_200_000
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
NOW_MS = MIDNIGHT_MS + 14 * HOUR_MS + 20 * 60_000
UNIT = 1_000_000
TARGET_MICROS = 800 * UNIT
WEIGHTS = (10, 8, 6, 5, 6, 9, 16, 26, 34, 40, 44, 46, 47, 46, 45, 44, 46, 50, 54, 56, 50, 40, 28, 18)


def hours(total_micros: int, weights: tuple[int, ...] = WEIGHTS) -> tuple[int, ...]:
    """Spread an amount over a day's hours; the last takes the rest."""
    found = [total_micros * weight // sum(weights) for weight in weights]
    found[-1] += total_micros - sum(found)
    return tuple(found)


def plan(from_ms: int = MIDNIGHT_MS, *, target_micros: int = TARGET_MICROS, known: bool = True) -> PlanSet:
    """Return a plan of the day; an unknown one is even and has no band."""
    planned = hours(target_micros, WEIGHTS if known else (1,) * 24)
    campaign = CampaignPlan(CAMPAIGN, target_micros, "ADAPTIVE_HYBRID", planned)
    if known:
        campaign = CampaignPlan(
            CAMPAIGN,
            target_micros,
            "ADAPTIVE_HYBRID",
            planned,
            tuple(one * 8 // 10 for one in planned),
            tuple(one * 12 // 10 for one in planned),
            710,
            12,
            4 * UNIT,
            (PlanPart("hour_of_week", 600), PlanPart("account", 400)),
        )
    return PlanSet(DAY, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS, from_ms, (campaign,))


def spend(day_back: int = 0, *, permille: int = 1_000, until: int = 24, as_of_ms: int = 0) -> SpendObserved:
    """Return a page with what each hour of a day has cost."""
    start_ms = MIDNIGHT_MS - day_back * DAY_MS
    seen = tuple(
        SpendObservation(CAMPAIGN, hour, micros * permille // 1_000, 900, 20, 1)
        for hour, micros in enumerate(hours(TARGET_MICROS)[:until])
    )
    day = f"2026-11-{21 - day_back:02}"
    return SpendObserved("USD", day, start_ms, start_ms + DAY_MS, as_of_ms or start_ms + DAY_MS, seen)


def story() -> Iterator[Fact]:
    """Return twelve days of a campaign and a day with all that can happen to it."""
    yield ClockTicked(now_ms=NOW_MS)
    listed = CampaignObservation(CAMPAIGN, NAME, "enabled", 640 * UNIT)
    other = CampaignObservation("1780000000000013", "Boots Sales 013", "paused", None)
    yield CampaignsObserved("USD", ZONE, NOW_MS - 60_000, (listed, other))
    for back in range(12, 0, -1):
        yield spend(back, permille=900 + 10 * back)
    yield spend(permille=1_080, until=13, as_of_ms=NOW_MS - 120_000)
    yield PollCompleted("spend", DAY, NOW_MS - 120_000, NOW_MS - 80 * 60_000, 1, 13)
    yield plan()
    yield TermsSet(CAMPAIGN, 1, "USD", budget="month", amount_micros=24_000 * UNIT, why="autumn sale")
    at_ms = MIDNIGHT_MS + 9 * HOUR_MS
    yield AlertRaised(
        "critical_overpacing", "high", CAMPAIGN, 1, at_ms, 2_400, 2_000, "permille", DAY, 300 * UNIT,
        TARGET_MICROS, 2_400, "USD",
    )  # fmt: skip
    yield BreakerMoved(CAMPAIGN, "open", "closed", "velocity", at_ms + 1_000, at_ms + HOUR_MS)
    yield from commands(at_ms)
    yield BreakerMoved(CAMPAIGN, "half_open", "open", "cooldown-over", at_ms + HOUR_MS, None)
    yield BreakerMoved(CAMPAIGN, "closed", "half_open", "recovered", at_ms + 90 * 60_000, None)
    yield AlertCleared("critical_overpacing", CAMPAIGN, 1, at_ms, at_ms + 90 * 60_000, "recovered")
    yield AlertRaised(
        "low_ctr", "warning", CAMPAIGN, 1, at_ms + 2 * HOUR_MS, 11, 15, "permille", DAY, 410 * UNIT,
        TARGET_MICROS, None, "USD",
    )  # fmt: skip
    yield EditObserved(
        CAMPAIGN, "budget", None, None, 640 * UNIT, 700 * UNIT, at_ms + 4 * HOUR_MS, MIDNIGHT_MS + DAY_MS
    )


def commands(at_ms: int) -> Iterator[Fact]:
    """Return a pause, a trial and a step of the budget, each done."""
    late_ms = MIDNIGHT_MS + DAY_MS
    yield PauseCampaign(
        CAMPAIGN, 1, at_ms + 1_000, late_ms, "breaker-open", DAY, 300 * UNIT, TARGET_MICROS, None, "USD"
    )
    yield CommandApplied("c.1", CAMPAIGN, "pause", 1, 1, at_ms + 1_410)
    yield ResumeCampaign(CAMPAIGN, 2, at_ms + HOUR_MS, late_ms, "breaker-probe")
    yield CommandApplied("c.2", CAMPAIGN, "resume", 2, 2, at_ms + HOUR_MS + 2_000)
    yield SetBudget(
        CAMPAIGN, 3, at_ms + 3 * HOUR_MS, late_ms, TARGET_MICROS, 640 * UNIT, "USD", "steering", TARGET_MICROS
    )
    yield CommandApplied("c.3", CAMPAIGN, "set-budget", 3, 1, at_ms + 3 * HOUR_MS + 700)


def installation(folder: Path) -> Settings:
    """Write the settings of an installation in which it is the story's moment, and return them."""
    file = folder / "headgate.toml"
    times = f"time.anchor_ms = {wall_ms()}\ntime.origin_ms = {NOW_MS}\n"
    file.write_text(f"data_dir = {json.dumps(str(folder))}\n{times}", encoding="utf-8")
    return load(file, {})


def project(settings: Settings, facts: Iterable[Fact], subject: str = SUBJECT) -> None:
    """Write facts into a folder's tables, as the projector does."""
    batch, commanded = Batch(), 0
    for offset, fact in enumerate(facts):
        is_command = isinstance(fact, PauseCampaign | ResumeCampaign | SetBudget)
        commanded += is_command
        id_ = f"c.{commanded}" if is_command else f"e.{offset}"
        headers, body = encode(Event(Envelope(id_, fact.TYPE, fact.VERSION, "test", subject), fact))
        batch.take(Record("account-facts", 0, offset, 1, subject.encode(), list(headers), body))
    with open_clickhouse(settings) as clickhouse:
        migrate.migrate(clickhouse)
        Store(clickhouse).write(batch, batch.next_offsets, "here")
