"""What tests of the demo share: constants, and findings of a run in which everything holds."""

from typing import Any, Literal

from events.codec import Event
from events.envelope import Envelope
from events.types import (
    Action,
    AlertCleared,
    AlertRaised,
    BreakerMoved,
    BreakerState,
    CampaignPlan,
    Fact,
    FundingPosted,
    FundingReserved,
    PauseCampaign,
    PlanSet,
    Transfer,
)
from headgate.demo.ear import Heard
from headgate.demo.money_proof import MoneyFound
from headgate.demo.orders import Order
from headgate.demo.proof import Found
from headgate.demo.purse import Purse
from headgate.demo.rules import Decided
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
POT = "ab" * 32


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


def event(fact: Fact, number: int = 0) -> Event:
    """Return a record of decisions about the account."""
    return Event(Envelope(f"account-facts.0.{number}.0", fact.TYPE, fact.VERSION, "account", BERLIN), fact)


def plan(budget_micros: int = 4 * UNIT, *hours_micros: int) -> PlanSet:
    """Return a plan of a day of two hours."""
    hours = hours_micros or (UNIT, 3 * UNIT)
    return PlanSet(
        DAY,
        MIDNIGHT_MS,
        MIDNIGHT_MS + DAY_MS,
        MIDNIGHT_MS,
        (CampaignPlan("c1", budget_micros, "EVEN", hours),),
    )


def raised(episode: int = 1) -> AlertRaised:
    """Return a grave alert."""
    return AlertRaised("critical_overpacing", "high", "c1", episode, NOON_MS, 2_400, 2_000, "permille")


def cleared(episode: int = 1) -> AlertCleared:
    """Return its end."""
    return AlertCleared("critical_overpacing", "c1", episode, NOON_MS, NOON_MS + HOUR_MS, "recovered")


def moved(previous: BreakerState, state: BreakerState) -> BreakerMoved:
    """Return a move of a breaker."""
    return BreakerMoved("c1", state, previous, "velocity", NOON_MS, None)


GOOD_FACTS: tuple[Fact, ...] = (
    plan(),
    raised(),
    cleared(),
    raised(2),
    moved("closed", "open"),
    moved("open", "half_open"),
    moved("half_open", "closed"),
)


def decided(*facts: Fact) -> Decided:
    """Return decisions, read in this order."""
    told = Decided()
    for number, fact in enumerate(facts):
        told.take(event(fact, number))
    return told


def heard(*numbers: int) -> list[Heard]:
    """Return what a receiver was told of, by the numbers of the facts."""
    return [
        Heard(f"account-facts.0.{n}.0", f"account-facts_0_{n}_0", "alert.raised", "Alert") for n in numbers
    ]


def funded() -> FundingReserved:
    """Return a reservation of five dollars for the pot."""
    line = Transfer("m-1.0", f"pot:{POT}", "treasury", 5 * UNIT, "micro-usdc", "pending")
    return FundingReserved("m-1", POT, 7, 5 * UNIT, (), "by-hand", None, NOON_MS, (line,))


def landed() -> FundingPosted:
    """Return that its money is in the pot."""
    line = Transfer("m-1.0.p", f"pot:{POT}", "treasury", 5 * UNIT, "micro-usdc", "posted", "m-1.0")
    return FundingPosted("m-1", POT, 7, 5 * UNIT, 300, None, NOON_MS, (line,))


def purse(*facts: Fact) -> Purse:
    """Return the demo's money as these facts tell it."""
    told = Purse()
    for fact in facts:
        told.take("acme", fact)
    return told


def money(**changes: Any) -> MoneyFound:  # noqa: ANN401 - any field of it
    """Return findings in which all money is where it should be, but for the changes."""
    there = {POT: 5 * UNIT}
    good: dict[str, Any] = {"chain": there, "ledger": there, "facts": there, "pending": 0}
    return MoneyFound(**{**good, "purse": purse(funded(), landed()), **changes})


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
        "decided_facts": decided(*GOOD_FACTS),
        "heard": heard(1, 2, 3, 4, 5, 6, 6),
        "replayed": Replayed(state=Compared(expected=3), outputs=Compared(expected=2)),
        "money": money(),
        "treasury": Replayed(state=Compared(expected=3), outputs=Compared(expected=2)),
        "currencies": {BERLIN: "EUR"},
    }
    return Found(**{**good, **changes})


OTHER = {(BERLIN, "c1", DAY, 0): 5 * UNIT + 1}
