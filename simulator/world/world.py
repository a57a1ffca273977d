"""A world: its accounts and campaigns, what happens to them, what is spent, and what the platform says."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.world.calendar import day_named
from simulator.world.meter import Meter
from simulator.world.timeline import Standing, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from simulator.world.calendar import Day
    from simulator.world.entries import Entry
    from simulator.world.model import Account, Traits, WorldTerms


@dataclass(frozen=True, slots=True)
class Row:
    """What a campaign has spent on a day: by hour, counted from the day's start, in micros."""

    campaign: str
    name: str
    hours: tuple[int, ...]

    @property
    def micros(self) -> int:
        """Return the day's sum."""
        return sum(self.hours)


@dataclass(slots=True)
class _Stay:
    """A campaign in an account; one that moves has a stay in each."""

    traits: Traits
    timeline: Timeline
    meter: Meter


class World:
    """Everything that is so; it changes by `apply` alone, and never by being looked at."""

    def __init__(
        self,
        terms: WorldTerms,
        accounts: Iterable[Account],
        campaigns: Iterable[tuple[str, Traits, Standing]],
    ) -> None:
        self.terms = terms
        self.accounts = {account.account: account for account in accounts}
        self.frozen_ms: int | None = None
        self._stays: dict[str, dict[str, _Stay]] = {account: {} for account in self.accounts}
        self._restated: dict[str, list[Entry]] = defaultdict(list)
        for account, traits, standing in campaigns:
            self._settle(account, traits, standing, terms.begin_ms)

    def standings(self, account: str) -> dict[str, Standing]:
        """Return the campaigns that an account has now, removed ones too."""
        found = ((campaign, stay.timeline.newest()) for campaign, stay in self._stays[account].items())
        return {campaign: standing for campaign, standing in found if standing.is_here}

    def standing(self, account: str, campaign: str) -> Standing | None:
        """Return how a campaign stands now; None where the account has none of that name."""
        stay = self._stays.get(account, {}).get(campaign)
        standing = None if stay is None else stay.timeline.newest()
        return standing if standing is not None and standing.is_here else None

    def changed_ms(self, account: str, campaign: str) -> int:
        """Return when a campaign of an account was changed last."""
        return self._stays[account][campaign].timeline.changed_ms()

    def truth(self, account: str, day: str, at_ms: int) -> list[Row]:
        """Return what was truly spent on a day of an account until a moment."""
        return self._rows(account, day, at_ms, lambda _campaign, total: total)

    def reported(self, account: str, day: str, at_ms: int) -> list[Row]:
        """Return what the platform says at a moment: late, restated, and in whole units of the currency."""
        unit = self.accounts[account].unit_micros
        restated = [entry for entry in self._restated[account] if day in entry.days and entry.at_ms <= at_ms]

        def told(campaign: str, total: int) -> int:
            for entry in restated:
                if entry.campaign in {"", campaign} and isinstance(entry.after, int):
                    total = total * entry.after // 1_000
            return total - total % unit

        return self._rows(account, day, at_ms - self.terms.lag_ms, told)

    def apply(self, entry: Entry) -> None:
        """Let happen what an entry says."""
        match entry.what:
            case "freeze":
                self.frozen_ms = entry.at_ms
            case "restate":
                self._restated[entry.account].append(entry)
            case "move":
                self._move(entry)
            case _:
                stay = self._stays[entry.account][entry.campaign]
                self._change(stay, entry.at_ms, _changed(stay.timeline.newest(), entry))

    def _rows(self, account: str, day: str, at_ms: int, told: Callable[[str, int], int]) -> list[Row]:
        if self.frozen_ms is not None:
            at_ms = min(at_ms, self.frozen_ms)
        bounds = day_named(self.accounts[account].time_zone, day)
        rows = (self._row(stay, bounds, at_ms, told) for stay in self._stays[account].values())
        return [row for row in rows if row.micros]

    def _row(self, stay: _Stay, day: Day, at_ms: int, told: Callable[[str, int], int]) -> Row:
        campaign = stay.traits.campaign
        # Sums are rounded and then taken apart, so that the hours of a day always make up the day.
        totals = [told(campaign, total) for total in stay.meter.totals(day, at_ms)]
        hours = tuple(after - before for before, after in zip([0, *totals], totals, strict=False))
        return Row(campaign, stay.timeline.newest().name, hours)

    def _move(self, entry: Entry) -> None:
        stay = self._stays[entry.account][entry.campaign]
        standing = stay.timeline.newest()
        self._change(stay, entry.at_ms, replace(standing, is_here=False))
        there = str(entry.after)
        back = self._stays[there].get(entry.campaign)
        if back is None:
            self._settle(there, stay.traits, standing, entry.at_ms)
        else:
            self._change(back, entry.at_ms, standing)

    def _settle(self, account: str, traits: Traits, standing: Standing, from_ms: int) -> None:
        timeline = Timeline(from_ms, standing)
        self._stays[account][traits.campaign] = _Stay(traits, timeline, Meter(self.terms, traits, timeline))

    def _change(self, stay: _Stay, at_ms: int, standing: Standing) -> None:
        stay.timeline.change(at_ms, standing)
        stay.meter.forget(at_ms)


def _changed(standing: Standing, entry: Entry) -> Standing:
    match entry.what, entry.after:
        case "status", "enabled" | "paused" | "removed" as status:
            return replace(standing, status=status)
        case "budget", int() | None as budget:
            return replace(standing, budget_micros=budget)
        case "name", str(name):
            return replace(standing, name=name)
        case "runaway", int(factor):
            return replace(standing, factor_permille=factor)
        case _:
            raise ValueError(f"entry {entry.number} makes no sense: {entry.what} becomes {entry.after!r}")
