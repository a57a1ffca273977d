"""The ledger as its lines on the log make it, folded by the proof itself, without the decider."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events.types import Transfer

Account = tuple[str, str]
"""Its name and its unit."""


@dataclass
class Ledger:
    """Every line of the ledger, each pending one with what became of it."""

    debits: Counter[Account] = field(default_factory=Counter)
    credits: Counter[Account] = field(default_factory=Counter)
    open: dict[str, Transfer] = field(default_factory=dict)
    lines: int = 0
    findings: list[str] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def read(self, facts: Iterable[Any]) -> None:
        """Take the lines of facts, in their order."""
        for fact in facts:
            for line in getattr(fact, "transfers", ()):
                self.take(line)

    def take(self, line: Transfer) -> None:
        """Take one line."""
        self.lines += 1
        if line.id in self._ids:
            self.findings.append(f"the line {line.id} is there twice")
        self._ids.add(line.id)
        if line.state == "pending":
            self.open[line.id] = line
            return
        if line.pending_id is not None and not self._closes(line, line.pending_id):
            return
        if line.state == "posted":
            self.debits[line.debit, line.unit] += line.amount
            self.credits[line.credit, line.unit] += line.amount

    def balance(self, account: str, unit: str = "micro-usdc") -> int:
        """Return what an account has been debited beyond what it was credited."""
        return self.debits[account, unit] - self.credits[account, unit]

    def differences(self) -> list[str]:
        """Return the units in which debits and credits differ."""
        units = {unit for _, unit in self.debits | self.credits}
        return [unit for unit in sorted(units) if _sum(self.debits, unit) != _sum(self.credits, unit)]

    def _closes(self, line: Transfer, pending_id: str) -> bool:
        pending = self.open.pop(pending_id, None)
        if pending is None:
            self.findings.append(f"{line.id} is {line.state}, but {pending_id} is not pending")
            return False
        if (pending.debit, pending.credit, pending.amount, pending.unit) != (
            line.debit,
            line.credit,
            line.amount,
            line.unit,
        ):
            self.findings.append(f"{line.id} says something else than {pending_id}, which it ends")
        return True


def _sum(sides: Counter[Account], of: str) -> int:
    return sum(amount for (_, unit), amount in sides.items() if unit == of)
