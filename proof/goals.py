"""What the figures should be, and by how much they are or miss it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from proof.bench.report import OURS, Figure, number

PAGES: Final = "pages of 100, all changed"
ONES: Final = "messages of one"


@dataclass(frozen=True)
class Goal:
    """A figure and its limit; with a peer, the limit is on Headgate's figure divided by the peer's."""

    what: str
    limit: float
    unit: str
    is_most: bool = False
    """Whether the limit is the most that it may be, not the least."""
    beside: str = ""


GOALS: Final = (
    Goal(PAGES, 200_000, "observations/s"),
    Goal(ONES, 100_000, "observations/s"),
    *(
        Goal(what, limit, "x", beside=peer)
        for what in (PAGES, ONES)
        for peer, limit in (("quixstreams", 2), ("bytewax", 2), ("bytewax by campaign", 2), ("bare", 0.9))
    ),
    Goal("recovery of 100,000 campaigns, memory", 1, "s", is_most=True),
    Goal("recovery of 1,000,000 campaigns, memory", 5, "s", is_most=True),
    Goal("page to output at half load, p99", 100, "ms", is_most=True),
    Goal("silence at a kill -9 and restart, killed partitions", 3, "s", is_most=True),
    # The mean of other regions is the best plan that needs no history; with some it has to be beaten by far.
    Goal("plan quality: RMSE to plan of a week, 7 days of history", 0.12, "of an even hour", is_most=True),
    Goal("bands: furthest from the nominal 80 %", 2, "points", is_most=True),
    Goal("bands: furthest from the nominal 95 %", 2, "points", is_most=True),
    Goal("closed loop: delivery error with 7 days of history, median", 2, "%", is_most=True),
    Goal("closed loop: delivery error with 7 days of history, p95", 5, "%", is_most=True),
    Goal(
        "closed loop: overspend with 7 days of history, mean of all days",
        0.25,
        "x",
        is_most=True,
        beside="seed 004's rules",
    ),
    Goal("closed loop: budget edits a campaign-day, most", 6, "edits", is_most=True),
    Goal("speed: training on 10,000 campaigns of 28 days", 120, "s", is_most=True),
    Goal("memory: training on 10,000 campaigns of 28 days", 2048, "MiB", is_most=True),
)


def rows(figures: Sequence[Figure]) -> list[list[str]]:
    """Return a row for each goal that was measured: what, the goal, the figure, how far apart they are."""
    medians = {(one.what, one.who): one.median for one in figures}
    return [row for goal in GOALS if (row := _row(goal, medians)) is not None]


def _row(goal: Goal, medians: dict[tuple[str, str], float]) -> list[str] | None:
    ours, peers = medians.get((goal.what, OURS)), medians.get((goal.what, goal.beside))
    if ours is None or (goal.beside and not peers):
        return None
    value = ours / peers if goal.beside and peers else ours
    name = f"{goal.what}, beside {goal.beside}" if goal.beside else goal.what
    wanted = f"{'at most' if goal.is_most else 'at least'} {number(goal.limit)} {goal.unit}"
    return [name, wanted, f"{number(value)} {goal.unit}", _verdict(goal, value)]


def _verdict(goal: Goal, value: float) -> str:
    met = value <= goal.limit if goal.is_most else value >= goal.limit
    if met:
        return "met"
    return f"missed by {abs(value - goal.limit) / goal.limit:.0%}"
