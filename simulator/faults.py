"""Scripted trouble: which fault meets which request, by a script and a seed."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from simulator.world.traffic import chance

FAULTS_MAX = 1_000
Kind = Literal["code", "html", "reset", "slow", "currency", "half-page", "wrong-total", "half-json", "lost"]
# What happens instead of an answer, before anything took effect.
BEFORE: frozenset[Kind] = frozenset({"code", "html", "reset"})
# What happens to the answer, after everything took effect.
AFTER: frozenset[Kind] = frozenset({"currency", "half-page", "wrong-total", "half-json", "lost"})

Text = Annotated[str, Meta(max_length=128)]


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trouble, and which requests it meets; times are the world's, and a pause is ours."""

    kind: Kind
    endpoint: Text = ""
    """A path as the platform calls it, such as `campaign/get/`; empty: any."""
    account: Text = ""
    permille: Annotated[int, Meta(ge=1, le=1_000)] = 1_000
    count: Annotated[int, Meta(ge=1)] | None = None
    """After so many times it is over."""
    from_ms: int = 0
    until_ms: int | None = None
    code: int = 50_000
    """What the platform answers, in its own numbers."""
    delay_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "GBP"

    def meets(self, endpoint: str, account: str, now_ms: int) -> bool:
        """Say whether a request is of those that it is meant for."""
        return (
            self.endpoint in {"", endpoint}
            and self.account in {"", account}
            and self.from_ms <= now_ms
            and (self.until_ms is None or now_ms < self.until_ms)
        )


class Faults:
    """The faults that are on, each with how often it happened."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._added = 0
        self._asked = 0
        self._on: dict[int, Fault] = {}
        self.happened: dict[int, int] = {}

    def add(self, fault: Fault) -> int:
        """Switch a fault on, and return its number."""
        if len(self._on) >= FAULTS_MAX:
            raise ValueError(f"{FAULTS_MAX} faults are on; remove some first")
        self._added += 1
        self._on[self._added] = fault
        self.happened[self._added] = 0
        return self._added

    def remove(self, number: int | None = None) -> None:
        """Switch one fault off, or all of them."""
        for each in [number] if number is not None else list(self._on):
            self._on.pop(each, None)

    def listed(self) -> list[dict[str, object]]:
        """Return what is on, for people."""
        return [
            {"number": number, "happened": self.happened[number], **msgspec.to_builtins(fault)}
            for number, fault in self._on.items()
        ]

    def meeting(self, endpoint: str, account: str, now_ms: int) -> list[Fault]:
        """Return the faults that meet this request, which counts for each of them."""
        self._asked += 1
        return [
            fault
            for number, fault in list(self._on.items())
            if fault.meets(endpoint, account, now_ms) and self._strikes(number, fault)
        ]

    def _strikes(self, number: int, fault: Fault) -> bool:
        if chance(1_000, self._seed, number, self._asked) >= fault.permille:
            return False
        self.happened[number] += 1
        if fault.count is not None and self.happened[number] >= fault.count:
            del self._on[number]
        return True
