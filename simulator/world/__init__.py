"""One world of ad accounts: pure and deterministic, a function of its seed and of what was done to it."""

from simulator.world.calendar import HOUR_MS, Day, day_at, day_named
from simulator.world.entries import Entry, What, Who
from simulator.world.making import make
from simulator.world.model import Account, Traits, WorldTerms
from simulator.world.timeline import Standing, Status
from simulator.world.world import Row, World

__all__ = [
    "HOUR_MS",
    "Account",
    "Day",
    "Entry",
    "Row",
    "Standing",
    "Status",
    "Traits",
    "What",
    "Who",
    "World",
    "WorldTerms",
    "day_at",
    "day_named",
    "make",
]
