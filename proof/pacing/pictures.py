"""Draws the pictures of docs/strategies.md: `python -m proof.pacing.pictures`."""

import sys
from pathlib import Path
from random import Random
from typing import Final

from domain.forecast.model import Evidence
from events.types import Strategy
from proof.pacing import svg
from proof.pacing.campaigns import CLOCK, POLICY, Learner, account_of_others, plan
from proof.pacing.data import DAY_HOURS, Data, load
from proof.pacing.forecasts import days_ahead, fold
from proof.pacing.histories import Noise, came_out, day_of, draw
from proof.pacing.market import worth_of
from proof.pacing.svg import Chart

FOLDER: Final = Path(__file__).parents[2] / "docs" / "img"
BUDGET: Final = 240  # so that an even hour is ten
MICROS: Final = 1_000_000
WEDNESDAY: Final = 2
HISTORY_DAYS: Final = 28
BEST_HOUR: Final = 20.0
HOURS_SHOWN: Final = [(hour, f"{hour}:00") for hour in range(0, DAY_HOURS + 1, 3)]
STRATEGIES: Final[dict[Strategy, str]] = {
    "EVEN": "EVEN: every hour the same",
    "HISTORICAL_PATTERN": "HISTORICAL_PATTERN: as the campaign's hours have been",
    "PERFORMANCE_WEIGHTED": "PERFORMANCE_WEIGHTED: more where money brings more",
    "PREDICTIVE_ML": "PREDICTIVE_ML: as the model expects the day",
    "ADAPTIVE_HYBRID": "ADAPTIVE_HYBRID: whatever has been right for this campaign",
}


def main() -> int:
    """Draw all of them."""
    data = load(None, None)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, chart in charts(data).items():
        path = FOLDER / f"{name}.svg"
        path.write_text(chart.svg(), "utf-8")
        sys.stdout.write(f"wrote {path.name}\n")
    return 0


def charts(data: Data) -> dict[str, Chart]:
    """Return every picture by its name."""
    region = next(iter(data.weeks))
    noise = Noise()
    curve = account_of_others(data, region, noise)
    days = draw(data.weeks[region], "picture", HISTORY_DAYS, WEDNESDAY - 1, noise)
    (forecast,) = days_ahead(fold(data, [region]).model, [days])
    learners = {}
    for count in (0, 1, HISTORY_DAYS):
        learner = learners[count] = Learner(curve, best_hour=BEST_HOUR)
        for day in days[HISTORY_DAYS - count :]:
            learner.learn(day)
    traffic = day_of(data.weeks[region], WEDNESDAY)
    ideal = [BUDGET * hour / sum(traffic) for hour in traffic]
    found = {
        f"strategy-{name.lower().replace('_', '-')}": of_strategy(
            title, ideal, learners[HISTORY_DAYS].evidence(WEDNESDAY, forecast), name
        )
        for name, title in STRATEGIES.items()
    }
    first = "ADAPTIVE_HYBRID on the first day: as the account's other campaigns spend"
    found["strategy-first-day"] = of_strategy(
        first, ideal, learners[0].evidence(WEDNESDAY), "ADAPTIVE_HYBRID"
    )
    actual = came_out(traffic, Random("band"), noise)  # noqa: S311 - to be repeatable
    found["plan-bands"] = of_bands([BUDGET * hour / sum(traffic) for hour in actual], learners[HISTORY_DAYS])
    return found


def of_strategy(title: str, ideal: list[float], known: Evidence, strategy: Strategy) -> Chart:
    """Return a plan beside the traffic that comes."""
    made = plan(known, WEDNESDAY, BUDGET * MICROS, strategy, POLICY)
    chart = Chart(
        title, DAY_HOURS, 20, "hour of a Wednesday", "dollars an hour, of 240 a day", x_ticks=HOURS_SHOWN
    )
    chart.steps([micros / MICROS for micros in made.hours_micros], svg.BLUE, "plan")
    chart.line([(hour + 0.5, value) for hour, value in enumerate(ideal)], svg.GREY, "the traffic that comes")
    if strategy == "PERFORMANCE_WEIGHTED":
        worth = [(hour + 0.5, 10 * worth_of(hour, BEST_HOUR)) for hour in CLOCK]
        chart.line(worth, svg.GREEN, "what a click brings", dashes="5 4")
    return chart


def of_bands(actual: list[float], learner: Learner) -> Chart:
    """Return a day's expected spend with its bands, and a day as it came."""
    known = learner.evidence(WEDNESDAY)
    assert known.expected_micros is not None  # noqa: S101 - there are four weeks of history
    chart = Chart(
        "What the bands say: 80 % and 95 % of hours come out inside",
        DAY_HOURS,
        32,
        "hour of a Wednesday",
        "dollars an hour",
        x_ticks=HOURS_SHOWN,
    )
    scale = BUDGET / sum(known.expected_micros)
    for low, high, opacity, name in (
        (known.low95_micros, known.high95_micros, 0.15, "95 %"),
        (known.low80_micros, known.high80_micros, 0.25, "80 %"),
    ):
        lows, highs = (_middles([micros * scale for micros in one or ()]) for one in (low, high))
        chart.band(lows, highs, svg.BLUE, name, opacity=opacity)
    chart.line(_middles([micros * scale for micros in known.expected_micros]), svg.BLUE, "expected")
    chart.dots(_middles(actual), svg.ORANGE, "as it came")
    return chart


def _middles(values: list[float]) -> list[tuple[float, float]]:
    return [(hour + 0.5, value) for hour, value in enumerate(values)]


if __name__ == "__main__":
    sys.exit(main())
