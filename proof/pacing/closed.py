"""Runs every controller in the closed loop, on all cores, and sums up how campaigns' days came out."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import mean, median
from typing import Final

from proof.bench.report import OURS, Figure, figure
from proof.pacing.baselines import BASELINES
from proof.pacing.data import Data
from proof.pacing.loop import CampaignDay, Controller, run
from proof.pacing.market import Account, accounts
from proof.pacing.ours import Headgate
from proof.pacing.profiles import PROFILES

DAYS: Final = 28
LEARNT_DAYS: Final = 7
HUNDRED: Final = 100


@dataclass(frozen=True)
class Size:
    """How large the market is."""

    campaigns_each: int = 10
    days: int = DAYS


QUICK: Final = Size(3, 10)


def told(size: Size) -> str:
    """Say what the market is, for whoever reads the figures."""
    campaigns = len(PROFILES) * size.campaigns_each
    return (
        f"Closed loop: {campaigns} campaigns on {len(PROFILES)} simulated platforms for {size.days} days; "
        "demand is traffic times the prices' noise times drawn noise; platforms pace, allow themselves more "
        "and report late as docs/how-to/measure.md says; a read every 15 minutes, in force 5 minutes later."
    )


def controllers() -> dict[str, Callable[[Account], Controller]]:
    """Return every controller by its name, ours first."""
    return {OURS: Headgate, **BASELINES}


def outcomes(data: Data, size: Size, who: Sequence[str] = ()) -> dict[str, list[CampaignDay]]:
    """Return how every campaign's days came out under each controller."""
    names = [name for name in controllers() if not who or name in who]
    jobs = [(data, size, name, number) for name in names for number in range(len(accounts(data, 1)))]
    found: dict[str, list[CampaignDay]] = {name: [] for name in names}
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for (_, _, name, _), days in zip(jobs, pool.map(_one, jobs), strict=True):
            found[name] += days
    return found


def _one(job: tuple[Data, Size, str, int]) -> list[CampaignDay]:
    data, size, name, number = job
    account = accounts(data, size.campaigns_each)[number]
    return run(account, controllers()[name](account), size.days)


def figures(found: dict[str, list[CampaignDay]]) -> Iterator[Figure]:
    """Yield every figure of the closed loop, the controllers side by side."""
    for what, unit, of_days, value in MEASURES:
        for who, days in found.items():
            chosen = of_days(days)
            if chosen:
                yield figure(f"closed loop: {what}", who, unit, [value(chosen)])


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of all values is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


Days = Sequence[CampaignDay]


def learnt(days: Days) -> list[CampaignDay]:
    """Return the days with a week of history whose demand takes the budget."""
    return [one for one in days if one.day >= LEARNT_DAYS and not one.is_short]


def new(days: Days) -> list[CampaignDay]:
    """Return the days of the first week whose demand takes the budget."""
    return [one for one in days if one.day < LEARNT_DAYS and not one.is_short]


def short(days: Days) -> list[CampaignDay]:
    """Return the days with a week of history whose demand is less than the budget."""
    return [one for one in days if one.day >= LEARNT_DAYS and one.is_short]


def after_a_week(days: Days) -> list[CampaignDay]:
    """Return the days with a week of history."""
    return [one for one in days if one.day >= LEARNT_DAYS]


def error_median(days: Days) -> float:
    """Return the median delivery error in percent."""
    return HUNDRED * median(one.delivery_error for one in days)


def error_p95(days: Days) -> float:
    """Return the delivery error in percent that one day of twenty exceeds."""
    return HUNDRED * percentile([one.delivery_error for one in days], 0.95)


def overspend(days: Days) -> float:
    """Return what is spent beyond budgets, in percent of them, over all days."""
    return HUNDRED * mean(one.overspend for one in days)


def overspend_p95(days: Days) -> float:
    """Return the overspend in percent that one day of twenty exceeds."""
    return HUNDRED * percentile([one.overspend for one in days], 0.95)


def quick(days: Days) -> float:
    """Return the share of days past nine tenths of the budget at noon, in percent."""
    return HUNDRED * mean(one.is_quick for one in days)


def volatility(days: Days) -> float:
    """Return the median deviation of what a campaign is let, of its budget."""
    return median(one.control for one in days)


def edits(days: Days) -> float:
    """Return the mean of a day's budget edits."""
    return mean(one.budget_edits for one in days)


def edits_most(days: Days) -> float:
    """Return the most budget edits of a campaign and day."""
    return max(one.budget_edits for one in days)


def switches(days: Days) -> float:
    """Return the mean of a day's pauses and resumes."""
    return mean(one.switches for one in days)


def regret(days: Days) -> float:
    """Return the median regret in percent."""
    return HUNDRED * median(one.regret for one in days)


Measure = tuple[str, str, Callable[[Days], list[CampaignDay]], Callable[[Days], float]]
WITH_HISTORY: Final = "with 7 days of history"
MEASURES: Final[tuple[Measure, ...]] = (
    (f"delivery error {WITH_HISTORY}, median", "%", learnt, error_median),
    (f"delivery error {WITH_HISTORY}, p95", "%", learnt, error_p95),
    ("delivery error in the first week, median", "%", new, error_median),
    ("delivery error in the first week, p95", "%", new, error_p95),
    ("delivery error where demand is short, median", "%", short, error_median),
    ("delivery error where demand is short, p95", "%", short, error_p95),
    (f"overspend {WITH_HISTORY}, mean of all days", "%", after_a_week, overspend),
    (f"overspend {WITH_HISTORY}, p95", "%", after_a_week, overspend_p95),
    ("overspend, mean of all days", "%", list, overspend),
    ("quick spend, share of days", "%", after_a_week, quick),
    ("volatility of control, median", "of the budget", after_a_week, volatility),
    ("budget edits a campaign-day, mean", "edits", list, edits),
    ("budget edits a campaign-day, most", "edits", list, edits_most),
    ("pauses and resumes a campaign-day, mean", "commands", list, switches),
    (f"regret against hindsight {WITH_HISTORY}, median", "%", learnt, regret),
)
