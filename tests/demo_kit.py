"""What tests of the demo share: constants, and findings of a run in which everything holds."""

from typing import Any, Literal

from events.types import (
    Action,
    PauseCampaign,
)
from headgate.demo.orders import Order
from headgate.demo.proof import Found
from headgate.demo.world import Write
from streams.replay import Compared, Replayed

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
UNIT = 1_000_000
BERLIN = "acme/tiktok/7001"
NOON_MS = 1_763_726_400_000
MIDNIGHT_MS = NOON_MS - 13 * HOUR_MS
DAY = "2025-11-21"
COMMAND = "account-facts.0.1.0"


def pause(order: int = 1) -> PauseCampaign:
    """Return a pause of the campaign."""
    return PauseCampaign(
        campaign="c1",
        order=order,
        decided_ms=NOON_MS,
        not_after_ms=NOON_MS + DAY_MS,
        reason="over-budget",
        day=DAY,
        spent_micros=112 * UNIT,
        budget_micros=100 * UNIT,
        limit_micros=110 * UNIT,
        currency="EUR",
    )


def order(
    number: int, action: Action = "pause", outcome: Literal["applied"] | None = "applied", outcomes: int = 1
) -> Order:
    """Return a command that was carried out."""
    found = Order(f"account-facts.0.{number}.0", BERLIN, "c1", action, number, pause(number), 0, None)
    found.outcome, found.outcomes = outcome, outcomes
    return found


def write(after: str, who: str = "api", at_ms: int = NOON_MS) -> Write:
    """Return a change on the platform."""
    return Write(BERLIN, "c1", who, "status", after, at_ms, MIDNIGHT_MS + DAY_MS)


def found(changes: dict[str, Any]) -> Found:
    """Return findings of a run in which all was well, but for the changes."""
    cells = {(BERLIN, "c1", DAY, 0): 5 * UNIT, (BERLIN, "c1", DAY, 1): 0}
    good: dict[str, Any] = {
        "reported": cells,
        "decided": cells,
        "projected": cells,
        "writes": [write("paused"), write("enabled")],
        "orders": [order(1), order(2, "resume")],
        "parked": [],
        "replayed": Replayed(state=Compared(expected=3), outputs=Compared(expected=2)),
        "currencies": {BERLIN: "EUR"},
    }
    return Found(**{**good, **changes})


OTHER = {(BERLIN, "c1", DAY, 0): 5 * UNIT + 1}
