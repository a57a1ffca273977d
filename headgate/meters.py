"""How money and pace look on a terminal: amounts in few digits, and a bar with the plan marked on it."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from domain.alerts.words import WITHOUT_CENTS

# How far from its plan spend may be before its colour says so; as the default policy judges a campaign.
UNDER, OVER, CRITICAL = 500, 1_500, 2_000
UNIT_MICROS = 1_000_000
CENTS_CHARS = 3
# From here on amounts are said with a letter, so that they keep their width whatever they are.
_SCALES = ((1_000_000_000, 1_000_000_000, "B"), (1_000_000, 1_000_000, "M"), (10_000, 1_000, "k"))


@dataclass(frozen=True, slots=True)
class Meter:
    """What was spent of a day's budget, and what should have been by now; none where nothing is planned."""

    spent_micros: int
    budget_micros: int
    expected_micros: int | None

    @property
    def ratio_permille(self) -> int | None:
        """Spend against the plan so far; where nothing was to be spent yet, nothing can be said."""
        return self.spent_micros * 1_000 // self.expected_micros if self.expected_micros else None

    @property
    def style(self) -> str:
        """The colour of its pace."""
        ratio = self.ratio_permille
        if ratio is None:
            return ""
        if ratio >= CRITICAL:
            return "bold red"
        if ratio >= OVER:
            return "yellow"
        return "cyan" if ratio < UNDER else "green"

    def bar(self, width: int) -> Text:
        """Draw how much of the budget is spent, and with a mark where the plan is now."""
        top = max(self.budget_micros, 1)
        filled = min(width, self.spent_micros * width // top)
        planned = (
            None if self.expected_micros is None else min(width - 1, self.expected_micros * width // top)
        )
        text = Text(no_wrap=True)
        for cell in range(width):
            if cell == planned:
                text.append("┃", "bold")
            else:
                text.append("━" if cell < filled else "─", self.style if cell < filled else "dim")
        return text

    def pace(self) -> Text:
        """Say the ratio."""
        ratio = self.ratio_permille
        return Text("" if ratio is None else times(ratio), self.style)

    def of_budget(self, currency: str) -> str:
        """Say what was spent of what."""
        return f"{short(self.spent_micros)} of {short(self.budget_micros)} {currency}"


def short(micros: int) -> str:
    """Say an amount in three or four digits."""
    units, sign = abs(micros) // UNIT_MICROS, "-" if micros < 0 else ""
    for least, scale, letter in _SCALES:
        if units >= least:
            whole, rest = divmod(units, scale)
            return f"{sign}{whole}.{rest * 10 // scale}{letter}"
    return f"{sign}{units:,}"


def amount(micros: int) -> str:
    """Say an amount in whole units and cents; what is less is cut off."""
    units, rest = divmod(abs(micros), UNIT_MICROS)
    return f"{'-' if micros < 0 else ''}{units:,}.{rest // 10_000:02}"


def money(micros: int, currency: str) -> str:
    """Say an amount as its currency is counted: without cents where it has none."""
    return amount(micros)[:-CENTS_CHARS] if currency in WITHOUT_CENTS else amount(micros)


def times(permille: int) -> str:
    """Say a ratio with two places."""
    return f"{permille // 1_000}.{permille % 1_000 // 10:02}x"


def seconds(elapsed_ms: int) -> str:
    """Say a short time with its hundredths."""
    return f"{elapsed_ms // 1_000}.{elapsed_ms % 1_000 // 10:02} s"
