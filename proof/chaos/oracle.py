"""The independent oracle: what must come out, folded from what was put in, without the product's deciders."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

CampaignDay = tuple[str, str, str]
Place = tuple[str, int, int]


@dataclass
class Oracle:
    """Knows the exact spend of each campaign and day, each meter's sum, and what must be parked."""

    cells: dict[tuple[CampaignDay, int], tuple[int, int]] = field(default_factory=dict)
    increments: dict[tuple[CampaignDay, str], int] = field(default_factory=dict)
    meters: Counter[tuple[str, str]] = field(default_factory=Counter)
    meter_records: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: dict[Place, str] = field(default_factory=dict)

    def observed(self, where: CampaignDay, hour: int, as_of_ms: int, spend_micros: int) -> None:
        """Of all totals of an hour the newest counts, and of equally new ones the larger."""
        cell = (where, hour)
        self.cells[cell] = max(self.cells.get(cell, (-1, 0)), (as_of_ms, spend_micros))

    def recorded(self, where: CampaignDay, transaction_id: str, amount_micros: int) -> None:
        """Count a transaction once, however often it comes."""
        self.increments[where, transaction_id] = amount_micros

    def metered(self, subject: str, campaign: str, amount_micros: int) -> None:
        """Count every record."""
        self.meters[subject, campaign] += amount_micros
        self.meter_records[subject, campaign] += 1

    def spend(self) -> dict[CampaignDay, int]:
        """Return the exact spend of each campaign and day, in micros."""
        total: defaultdict[CampaignDay, int] = defaultdict(int)
        for (where, _hour), (_as_of, micros) in self.cells.items():
            total[where] += micros
        for (where, _transaction), micros in self.increments.items():
            total[where] += micros
        return dict(total)
