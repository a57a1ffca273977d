"""What the platform has told its clients of spend: for each cell the last total, and when that was."""

from __future__ import annotations

from typing import NamedTuple


class Cell(NamedTuple):
    """A total as it was answered; without an hour it is the day's."""

    account: str
    campaign: str
    day: str
    hour: int | None
    spend_micros: int


class Answered:
    """The newest answer on each cell; bounded by the world's campaigns and the days that were asked for."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str, str, int | None], tuple[int, int]] = {}

    def note(self, cells: list[Cell], at_ms: int) -> None:
        """Keep what was answered just now."""
        for cell in cells:
            key = (cell.account, cell.day, cell.campaign, cell.hour)
            self._newest[key] = (cell.spend_micros, at_ms)

    def cells(self, *, hourly: bool) -> list[tuple[Cell, int]]:
        """Return the newest answers by the hour or by the day, each with its moment."""
        return [
            (Cell(account, campaign, day, hour, micros), at_ms)
            for (account, day, campaign, hour), (micros, at_ms) in self._newest.items()
            if (hour is not None) == hourly
        ]

    def days(self) -> dict[str, set[str]]:
        """Return which days were asked for, by account."""
        found: dict[str, set[str]] = {}
        for account, day, _campaign, _hour in self._newest:
            found.setdefault(account, set()).add(day)
        return found
