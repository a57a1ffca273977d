"""What platforms allow themselves and us with a daily budget; each is a careful reading, not a promise.

Where a platform tells its figures they are in its help pages; the others get what is safe for any of them.
"""

from typing import Final

from msgspec import Struct

UNIT: Final = 1_000_000
# Whole units are a valid budget in every currency; hundredths only where a currency has them.
COARSE_FROM_MICROS: Final = 50 * UNIT
FINE_MICROS: Final = UNIT // 100


class Budgets(Struct, frozen=True):
    """How daily budgets of a platform may be edited, and what is spent on them."""

    overdelivery_permille: int
    """Of its daily budget a campaign may cost so much on a day."""
    minimum_micros: int
    """A smaller budget is refused."""
    edits_an_hour: int
    """More are refused, or begin its learning anew."""
    paces: bool = True
    """Whether it spreads a budget over the day; where it does not, a smaller one only ends the day early."""

    def lowest_micros(self, target_micros: int) -> int:
        """Return the smallest budget with which a campaign can still come to its target."""
        if not self.paces:
            return target_micros
        return -(-target_micros * 1000 // self.overdelivery_permille)


UNKNOWN: Final = Budgets(overdelivery_permille=1000, minimum_micros=UNIT, edits_an_hour=1)
PLATFORMS: Final[dict[str, Budgets]] = {
    "google": Budgets(2000, UNIT, 4),
    "meta": Budgets(1750, UNIT, 4),
    "microsoft": Budgets(2000, UNIT, 4),
    "tiktok": Budgets(2000, 20 * UNIT, 4),
    "linkedin": Budgets(1500, 10 * UNIT, 2),
    "amazon": Budgets(1250, UNIT, 4, paces=False),
    "dv360": Budgets(1000, UNIT, 2),
    "snapchat": Budgets(1000, 20 * UNIT, 2),
    "pinterest": Budgets(1000, UNIT, 2),
    "reddit": Budgets(1000, 5 * UNIT, 2),
}


def of(subject: str) -> Budgets:
    """Return what holds for the platform of an account, by its subject client/platform/account."""
    parts = subject.split("/")
    name = parts[1].split("_")[0].split("-")[0] if len(parts) > 1 else ""
    return PLATFORMS.get(name, UNKNOWN)


def rounded(micros: int, minimum_micros: int) -> int:
    """Return a budget that a platform takes, not above the amount unless its minimum is."""
    grain = UNIT if micros >= COARSE_FROM_MICROS else FINE_MICROS
    return max(micros - micros % grain, minimum_micros)
