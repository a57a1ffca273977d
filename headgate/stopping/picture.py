"""How campaigns and stops stand in the account agent's own table; pure, and kept up to date row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from domain.guard.rows import GuardRow, StopRow
from domain.pacing.rows import AccountRow, CampaignRow

if TYPE_CHECKING:
    from domain.account.rows import AnyRow

_SEPARATOR: Final = b"\0"
_PARTS_MAX: Final = 3
FREE: Final = GuardRow()  # a campaign without a row runs and is free

Place = tuple[str, str]  # an account and its campaign


def is_wanted(key: bytes) -> bool:
    """Say whether a row is about accounts, campaigns, their guard or their stops."""
    parts = key.split(_SEPARATOR)
    if not parts[0] or len(parts) > _PARTS_MAX:
        return False
    return len(parts) < _PARTS_MAX or parts[2] in {b"guard", b"stop"}


@dataclass(slots=True)
class Picture:
    """The part of the table that stops are about."""

    accounts: set[str] = field(default_factory=set)
    campaigns: set[Place] = field(default_factory=set)
    guards: dict[Place, GuardRow] = field(default_factory=dict)
    stops: dict[Place, tuple[str, ...]] = field(default_factory=dict)
    """By what they hold; the campaign is empty where a stop holds the whole account."""

    def take(self, key: bytes, row: AnyRow | None) -> None:
        """Take a row in; None is a deletion."""
        if not is_wanted(key):
            return
        subject, campaign, *more = (*key.decode().split("\0"), "")
        place = subject, campaign
        match row:
            case AccountRow():
                self.accounts.add(subject)
            case CampaignRow():
                self.campaigns.add(place)
            case GuardRow():
                self.guards[place] = row
            case StopRow():
                self.stops[place] = row.stops
            case _ if "stop" in more:
                self.stops.pop(place, None)
            case _ if "guard" in more:
                self.guards.pop(place, None)
            case _:
                pass

    def guard(self, place: Place) -> GuardRow:
        """Return how a campaign stands with the guard."""
        return self.guards.get(place, FREE)

    def of(self, subject: str, campaign: str | None) -> list[Place]:
        """Return the campaigns that a stop is about: the one, or all of the account."""
        if campaign is not None:
            return [(subject, campaign)]
        return sorted(place for place in self.campaigns if place[0] == subject)

    def holds(self, subject: str, campaign: str | None, stop_id: str) -> bool:
        """Say whether a stop is in force where it was ordered."""
        return stop_id in self.stops.get((subject, campaign or ""), ())

    def held_by(self, stop_id: str) -> list[Place]:
        """Return what a stop holds."""
        return sorted(place for place, stops in self.stops.items() if stop_id in stops)
