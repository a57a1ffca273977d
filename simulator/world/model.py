"""What a world is made of: its terms, its accounts, and the nature of its campaigns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorldTerms:
    """The laws of a world; the same terms give the same world."""

    seed: int = 7
    accounts: int = 6
    campaigns: int = 300
    lag_ms: int = 300_000
    """How far what the platform says is behind what is so."""
    overdelivery_permille: int = 2_000
    """How much of its daily budget a campaign may spend on a day."""
    runaway_permille: int = 10
    """How many campaigns of a thousand lose their measure on a day by themselves."""
    begin_ms: int = 0
    """Before this moment nothing was spent."""


@dataclass(frozen=True, slots=True)
class Account:
    """An ad account."""

    client: str
    platform: str
    account: str
    name: str
    currency: str
    time_zone: str

    @property
    def subject(self) -> str:
        """Return how we call it."""
        return f"{self.client}/{self.platform}/{self.account}"

    @property
    def unit_micros(self) -> int:
        """Return the smallest amount of its currency, below which no platform reports."""
        return smallest_micros(self.currency)


@dataclass(frozen=True, slots=True)
class Traits:
    """A campaign's nature, which nobody can change."""

    campaign: str
    demand_micros: int
    """What it would spend on a day without a budget."""
    appetite_permille: int
    peak_hour: int
    swing: int
    """By how many thousandths an hour differs from the next; none is an even day."""


def smallest_micros(currency: str) -> int:
    """Return the smallest amount of a currency, in micros."""
    return 1_000_000 if currency in {"JPY", "KRW"} else 10_000
