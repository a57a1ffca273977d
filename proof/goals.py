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
