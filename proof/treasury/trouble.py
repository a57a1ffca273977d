"""Where trouble comes from: one seeded dice, that each step of each process throws."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

SILENCE_SECONDS: Final = (2.0, 8.0, 90.0)
"""How long a process stands still: below and beyond the life of what it has signed."""

BLACKOUT_SECONDS: Final = (20.0, 75.0, 120.0)


class Killed(BaseException):
    """Ends a process as kill -9 would: whatever it still tries does nothing."""


class Trouble:
    """The dice, and what came of it; calm from the moment on at which `is_calm` is set."""

    def __init__(self, seed: int, rates: dict[str, float]) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - to be repeatable
        self._rates = rates
        self.happened: Counter[str] = Counter()
        self.trace: list[str] = []
        self.is_calm = False
        self._dark_until = 0.0

    def rate_permille(self, kind: str) -> int:
        """Return how often a trouble comes that another one's dice decide."""
        return round(self._rates.get(kind, 0) * 1000)

    def is_dark(self) -> bool:
        """Say whether nothing that is sent arrives; once so, it may last longer than a blockhash."""
        if self.strikes("blackout"):
            self._dark_until = asyncio.get_running_loop().time() + self.dice.choice(BLACKOUT_SECONDS)
        return not self.is_calm and asyncio.get_running_loop().time() < self._dark_until

    def strikes(self, kind: str, where: str = "") -> bool:
        """Say whether a trouble of this kind comes now."""
        if self.is_calm or self.dice.random() >= self._rates.get(kind, 0):
            return False
        self.happened[kind] += 1
        self.tell(f"{kind} {where}".rstrip())
        return True

    def tell(self, what: str) -> None:
        """Keep what happened, for whoever looks at this seed."""
        self.trace.append(f"{asyncio.get_running_loop().time():9.2f} s  {what}")


class Process:
    """One life of one role; dead, it does nothing any more."""

    def __init__(self, trouble: Trouble, name: str) -> None:
        self._trouble, self.name = trouble, name
        self.is_dead = False
        self.stands = asyncio.Event()
        """Set once it has stood still for so long that another one takes its place."""

    async def step(self, at: str) -> None:
        """Pass a point at which the process may die, or stand still while others work."""
        await asyncio.sleep(0)
        self.check()
        if self._trouble.strikes("crash", f"of {self.name} at {at}"):
            self.is_dead = True
        self.check()
        if self._trouble.strikes("stand still", f"of {self.name} at {at}"):
            self.stands.set()
            await asyncio.sleep(self._trouble.dice.choice(SILENCE_SECONDS))
            self.check()

    def check(self) -> None:
        """End whoever is dead."""
        if self.is_dead:
            raise Killed
