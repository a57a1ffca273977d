"""The series that everything is measured on: real ones where they are there, else generated ones."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import mean, median
from typing import Final

from infra.errors import FixInput

SHARED: Final = Path(__file__).parents[3] / "shared" / "data"
TRAFFIC_FILE: Final = SHARED / "traffic_share_dev.csv"
PRICES_FOLDER: Final = SHARED / "ad_exchange_prices"

DAY_HOURS: Final = 24
WEEK_HOURS: Final = 168
REGIONS_MAX: Final = 1_000
REGIONS_MIN: Final = 3  # one is left out, and one is no mean
PRICE_MOST: Final = 3.0  # of what is usual at that hour: a price of a single lucky click is none

GENERATED_REGIONS: Final = 57
GENERATED_WAVE: Final = (0.8, 0.35)  # of the day, and of half of it, as the logarithm's amplitude
GENERATED_WEEKEND: Final = 0.8
GENERATED_ROUGHNESS: Final = 0.1
GENERATED_PRICE_NOISE: Final = 0.25
GENERATED_PRICE_HOURS: Final = 4 * WEEK_HOURS

Week = tuple[float, ...]


@dataclass(frozen=True)
class Data:
    """Weeks of traffic by region, each of them adding up to one, and the noise of prices by the hour."""

    weeks: dict[str, Week]
    price_noise: tuple[float, ...]
    told: str
    """What it is, for whoever reads the figures."""


def load(traffic: Path | None, prices: Path | None) -> Data:
    """Read what was asked for, or what is usually there; what is missing is generated, and told so."""
    weeks, traffic_told = _traffic(traffic)
    noise, prices_told = _prices(prices)
    return Data(weeks, noise, f"{traffic_told}; {prices_told}.")


def _traffic(path: Path | None) -> tuple[dict[str, Week], str]:
    if path is None and not TRAFFIC_FILE.is_file():
        told = f"Traffic: {GENERATED_REGIONS} generated weeks (waves of a day and half a day, quiet weekends)"
        return generated_weeks(GENERATED_REGIONS), told
    weeks = read_traffic(path or TRAFFIC_FILE)
    return weeks, f"Traffic: the real hourly shares of {len(weeks)} regions in {(path or TRAFFIC_FILE).name}"


def _prices(path: Path | None) -> tuple[tuple[float, ...], str]:
    if path is None and not PRICES_FOLDER.is_dir():
        told = f"prices: generated, {GENERATED_PRICE_NOISE:.0%} lognormal noise an hour"
        return generated_prices(), told
    noise = read_prices(path or PRICES_FOLDER)
    told = f"prices: the noise of real clicks' prices in {(path or PRICES_FOLDER).name}, {len(noise)} hours"
    return noise, told


def read_traffic(path: Path) -> dict[str, Week]:
    """Read weeks of traffic: columns region_id, dow (1 to 7), hour, traffic_share."""
    found: dict[str, dict[int, float]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                at = (int(row["dow"]) - 1) * DAY_HOURS + int(row["hour"])
                found.setdefault(row["region_id"], {})[at] = float(row["traffic_share"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise FixInput(
            f"{path} cannot be read as traffic: {error!r}",
            "Give a CSV file with the columns region_id, dow (1 to 7), hour (0 to 23), traffic_share.",
        ) from error
    if not REGIONS_MIN <= len(found) <= REGIONS_MAX:
        raise FixInput(
            f"{path} has {len(found)} regions", f"Give between {REGIONS_MIN} and {REGIONS_MAX} of them."
        )
    return {region: _week(path, region, hours) for region, hours in found.items()}


def _week(path: Path, region: str, hours: dict[int, float]) -> Week:
    week = tuple(hours.get(hour, 0.0) for hour in range(WEEK_HOURS))
    whole = sum(week)
    if min(week) < 0 or not 0 < whole < math.inf or set(hours) - set(range(WEEK_HOURS)):
        raise FixInput(
            f"region {region} of {path} has no week of shares", "Give 168 shares, none below zero."
        )
    return tuple(share / whole for share in week)


def read_prices(path: Path) -> tuple[float, ...]:
    """Read prices (columns timestamp, value), and return how they stray from what is usual at their hour."""
    files = sorted(path.glob("*cpc*.csv")) if path.is_dir() else [path]
    noise = [one for file in files for one in _noise(file)]
    if len(noise) < DAY_HOURS:
        raise FixInput(f"{path} has {len(noise)} prices", "Give CSV files with the columns timestamp, value.")
    return tuple(noise)


def _noise(path: Path) -> list[float]:
    by_hour: dict[int, list[float]] = {}
    series: list[tuple[int, float]] = []
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                hour, value = int(row["timestamp"][11:13]), float(row["value"])
                if value > 0:
                    by_hour.setdefault(hour, []).append(value)
                    series.append((hour, value))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise FixInput(
            f"{path} cannot be read as prices: {error!r}",
            "Give a CSV file with the columns timestamp (2011-07-01 00:00:01) and value.",
        ) from error
    usual = {hour: median(values) for hour, values in by_hour.items()}
    return [min(PRICE_MOST, max(1 / PRICE_MOST, value / usual[hour])) for hour, value in series]


def generated_weeks(regions: int) -> dict[str, Week]:
    """Return weeks whose days are waves, as people's are, each region with its own."""
    return {f"generated-{number}": _generated(number) for number in range(regions)}


def _generated(number: int) -> Week:
    dice = Random(f"traffic {number}")  # noqa: S311 - to be repeatable
    peak, second = dice.uniform(12, 21), dice.uniform(0, 12)
    weekend = GENERATED_WEEKEND * math.exp(dice.gauss(0, GENERATED_ROUGHNESS))
    hours = []
    for hour in range(WEEK_HOURS):
        turn = 2 * math.pi / DAY_HOURS
        wave = GENERATED_WAVE[0] * math.cos((hour - peak) * turn)
        wave += GENERATED_WAVE[1] * math.cos(2 * (hour - second) * turn)
        is_weekend = hour >= 5 * DAY_HOURS
        hours.append(math.exp(wave + dice.gauss(0, GENERATED_ROUGHNESS)) * (weekend if is_weekend else 1))
    whole = sum(hours)
    return tuple(hour / whole for hour in hours)


def generated_prices() -> tuple[float, ...]:
    """Return how generated prices stray from what is usual."""
    dice = Random("prices")  # noqa: S311 - to be repeatable
    return tuple(math.exp(dice.gauss(0, GENERATED_PRICE_NOISE)) for _ in range(GENERATED_PRICE_HOURS))


def mean_of_others(weeks: dict[str, Week], region: str) -> Week:
    """Return the mean week of all regions but one."""
    others = [week for name, week in weeks.items() if name != region]
    return tuple(mean(hours) for hours in zip(*others, strict=True))
