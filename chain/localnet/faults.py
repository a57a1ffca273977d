"""What goes wrong on purpose: by chance from a seed, or the next few times."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from chain.localnet.dice import PERMILLE, Dice

Kind = Literal["drop", "late", "lost", "refuse", "slow", "fork"]
How = Literal["status", "timeout", "truncated", "html", "closed"]
RULES_MAX = 64
SLOTS_MAX = 10_000

Permille = Annotated[int, Meta(ge=0, le=PERMILLE)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that goes wrong."""

    fault: Kind
    methods: tuple[str, ...] = ("sendTransaction",)
    """Which calls it concerns; none: every call. Forks come by slots, and late and drop only when sending."""
    permille: Permille = 0
    """How often, of a thousand."""
    next: Count = 0
    """How many times from now on, for certain, before chance has its turn."""
    how: How = "status"
    """What arrives in place of a lost answer."""
    slots: Annotated[int, Meta(ge=1, le=SLOTS_MAX)] = 10
    """How late something lands, or how deep a fork may go."""
    dropped_permille: Permille = 500
    """How much of what a fork leaves does not come into the new one."""
    delay_ms: Annotated[int, Meta(ge=0, le=120_000)] = 1_000
    """How slow an answer is, or how long a call waits whose answer never arrives."""


class Faults:
    """The rules that hold, and how often each has applied."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._rules: list[Rule] = []
        self._left: list[int] = []
        self.applied: list[int] = []

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, with how many certain times each has left."""
        return tuple(
            structs.replace(rule, next=left) for rule, left in zip(self._rules, self._left, strict=True)
        )

    def set(self, rules: tuple[Rule, ...]) -> None:
        """Let these rules hold from now on, and no others."""
        self._rules = list(rules[:RULES_MAX])
        self._left = [rule.next for rule in self._rules]
        self.applied = [0] * len(self._rules)

    def drawn(self, kind: Kind, method: str | None = None) -> Rule | None:
        """Return the rule by which this goes wrong now; None: it does not."""
        for index, rule in enumerate(self._rules):
            concerned = method is None or not rule.methods or method in rule.methods
            if rule.fault == kind and concerned and self._happens(index, rule):
                self.applied[index] += 1
                return rule
        return None

    def _happens(self, index: int, rule: Rule) -> bool:
        if self._left[index]:
            self._left[index] -= 1
            return True
        return rule.permille > 0 and self._dice.below(PERMILLE, f"fault {index}") < rule.permille
