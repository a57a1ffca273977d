"""What a projection is: a pure function from one fact to rows of one table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from events.codec import Event

# Each row of a fact begins with its place in the log, the number of the item, and whom it is about.
PLACE: Final = ("topic", "partition", "offset", "item", "subject")

Cell = str | int | None | list[int] | list[str]
Rows = Iterable[tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Projection:
    """Into which table and columns a fact goes, and how."""

    table: str
    own_columns: tuple[str, ...]
    project: Callable[[Event], Rows]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all columns, those of the place first."""
        return (*PLACE, *self.own_columns)
