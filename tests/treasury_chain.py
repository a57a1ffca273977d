"""A model of what pots do on chain, small enough to be right by looking at it."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from domain.treasury.look import DAY_MS
from events.types import FundPot, MovementSeen, PotSeen, PotsObserved, SettlePot

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def address(name: str) -> str:
    """Return an address that is always the same for a name."""
    return "".join(ALPHABET[byte % 58] for byte in sha256(name.encode()).digest()) + "1" * 8


AUTHORITY = address("authority")


@dataclass
class Pot:
    """A pot on chain."""

    next_sequence: int
    cap: int
    funded: int = 0
    settled: int = 0
    withdrawn: int = 0
    gifts: int = 0
    cap_day: int = 0
    cap_used: int = 0
    is_paused: bool = False
    authority: str = AUTHORITY
    moves: list[MovementSeen] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """Return what its vault holds."""
        return self.funded - self.settled - self.withdrawn + self.gifts


@dataclass
class Chain:
    """A client's treasury and pots, all of it final at once."""

    treasury: int = 0
    slot: int = 1_000
    now_ms: int = 0
    fee_lamports: int = 10**9
    pots: dict[str, Pot] = field(default_factory=dict)

    def open(self, pot: str, cap: int) -> None:
        """Make a pot; its numbers begin where none of an earlier pot can be."""
        self.slot += 1
        self.pots[pot] = Pot(self.slot << 20, cap)

    def refuses(self, command: FundPot | SettlePot) -> str | None:
        """Say why a movement cannot land, as the program would."""
        pot, amount = self.pots[command.pot], command.amount_micro_usdc
        if command.sequence != pot.next_sequence:
            return "number-taken"
        if isinstance(command, SettlePot):
            return None if amount <= pot.balance else "insufficient-funds"
        used = pot.cap_used if pot.cap_day == self.now_ms // DAY_MS else 0
        if pot.is_paused:
            return "pot-paused"
        if used + amount > pot.cap:
            return "pot-cap"
        return None if amount <= self.treasury else "insufficient-funds"

    def land(self, command: FundPot | SettlePot) -> None:
        """Let a movement land that can."""
        assert self.refuses(command) is None
        kind = "fund" if isinstance(command, FundPot) else "settle"
        self.move(command.pot, kind, command.movement, command.amount_micro_usdc)

    def move(self, name: str, kind: Any, movement: str, amount: int) -> None:  # noqa: ANN401 - one of its words
        """Let a pot move money, whoever asked for it."""
        pot = self.pots[name]
        self.slot += 1
        pot.moves.append(MovementSeen(pot.next_sequence, kind, movement, amount, self.slot))
        pot.next_sequence += 1
        if kind == "fund":
            day = self.now_ms // DAY_MS
            pot.cap_used = (pot.cap_used if pot.cap_day == day else 0) + amount
            pot.cap_day, pot.funded, self.treasury = day, pot.funded + amount, self.treasury - amount
        elif kind == "settle":
            pot.settled += amount
        else:
            pot.withdrawn += amount
        assert pot.balance >= 0
        assert self.treasury >= 0

    def observed(self, **more: Any) -> PotsObserved:  # noqa: ANN401 - the fact's fields
        """Return what a finalized slot says of all of it."""
        self.slot += 1
        told = {
            "slot": self.slot,
            "at_ms": self.now_ms,
            "treasury": address("treasury"),
            "treasury_micro_usdc": self.treasury,
            "fee_payer": address("fees"),
            "fee_lamports": self.fee_lamports,
            "pots": tuple(seen(name, pot) for name, pot in self.pots.items()),
            "is_whole": True,
        }
        return PotsObserved(**(told | more))


def seen(name: str, pot: Pot) -> PotSeen:
    """Return a pot as it is seen."""
    return PotSeen(
        pot=name,
        balance_micro_usdc=pot.balance,
        next_sequence=pot.next_sequence,
        history="0" * 64,
        funded_micro_usdc=pot.funded,
        settled_micro_usdc=pot.settled,
        withdrawn_micro_usdc=pot.withdrawn,
        daily_cap_micro_usdc=pot.cap,
        cap_day=pot.cap_day,
        cap_used_micro_usdc=pot.cap_used,
        spent_day=0,
        spent_micro_usdc=0,
        is_paused=pot.is_paused,
        authority=pot.authority,
    )
