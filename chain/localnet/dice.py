"""Chance that comes out the same from the same seed, and needs no memory but a count."""

from __future__ import annotations

from hashlib import sha256

PERMILLE = 1_000


class Dice:
    """Throws, each named, so that one more throw of one kind changes no other."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._thrown: dict[str, int] = {}

    def below(self, limit: int, name: str) -> int:
        """Return the next throw of this name: at least 0, below the limit."""
        count = self._thrown.get(name, 0)
        self._thrown[name] = count + 1
        return self.at(count, limit, name)

    def at(self, place: int, limit: int, name: str) -> int:
        """Return the throw of a name at a place, whatever was thrown before."""
        drawn = sha256(f"{self._seed}/{name}/{place}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") % limit
