"""What accounts of one finalized snapshot say of a client's treasury and pots, as facts; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace
from solders.pubkey import Pubkey

from chain.errors import WrongAccount
from chain.pot import read_pot
from chain.tokens import read_token_account
from events.limits import AMOUNT_MICROS_MAX
from events.types import MovementSeen, PotMoved, PotSeen, PotsObserved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chain.instructions import PotProgram
    from chain.ports import AccountSeen, Snapshot
    from chain.pot import Pot
    from events.types import PotOpened

TREASURY, PAYER, POTS = 0, 1, 2
"""Where they stand among the addresses of a snapshot; behind them each pot and its vault."""
DAY_MAX: Final = 10_000_000


class Seen(Struct, frozen=True):
    """What one snapshot says."""

    observed: PotsObserved
    movements: tuple[PotMoved, ...]
    """Every one that the pots remember, a pot's in their order."""
    wrong: tuple[str, ...]
    """Which pots are not what they must be, and why; they are left out."""


def addresses(opened: Sequence[PotOpened]) -> list[Pubkey]:
    """Return what to look at for these pots, which share a treasury."""
    first = opened[0]
    names = [first.treasury, first.funder]
    for one in opened:
        names += [one.address, one.vault]
    return [Pubkey.from_string(name) for name in names]


def see(
    program: PotProgram, opened: Sequence[PotOpened], snapshot: Snapshot, at_ms: int, *, is_all: bool
) -> Seen:
    """Read a snapshot of those addresses; a pot that is closed is there no more."""
    pots: list[PotSeen] = []
    movements: list[PotMoved] = []
    wrong: list[str] = []
    for index, one in enumerate(opened):
        pot_account, vault_account = snapshot.accounts[POTS + 2 * index : POTS + 2 * index + 2]
        if pot_account is None:
            continue
        try:
            pot = read_pot(pot_account, program.address, bytes.fromhex(one.pot))
            seen = _seen(one, pot, _balance(program, pot, one, vault_account))
            moved = _moved(one, pot, at_ms)
        except WrongAccount as error:
            wrong.append(f"pot {one.name} ({one.address}): {error.detail}")
            continue
        pots.append(seen)
        movements += moved
    observed = PotsObserved(
        slot=snapshot.slot,
        at_ms=at_ms,
        treasury=opened[0].treasury,
        treasury_micro_usdc=_amount(program, snapshot.accounts[TREASURY]),
        fee_payer=opened[0].funder,
        fee_lamports=_lamports(snapshot.accounts[PAYER]),
        pots=tuple(pots),
        is_whole=is_all and not wrong,
    )
    return Seen(observed, tuple(movements), tuple(wrong))


def see_all(
    program: PotProgram,
    shown: Sequence[tuple[Sequence[PotOpened], Snapshot]],
    at_ms: int,
    *,
    is_one_slot: bool,
) -> list[Seen]:
    """Read all snapshots of a client; the last one says whether they make a whole.

    A treasury whose pots are all closed, as that of an earlier funder may be, is not the client's any more.
    """
    read = [see(program, *part, at_ms, is_all=True) for part in shown]
    treasuries = {one.observed.treasury for one in read if one.observed.pots or one.wrong}
    seen = [one for one in read if not treasuries or one.observed.treasury in treasuries]
    is_one_treasury = len({one.observed.treasury for one in seen}) == 1
    is_all = is_one_slot and is_one_treasury and not any(one.wrong for one in seen)
    return [_part(one, is_whole=is_all and one is seen[-1]) for one in seen]


def _part(seen: Seen, *, is_whole: bool) -> Seen:
    return replace(seen, observed=replace(seen.observed, is_whole=is_whole))


def is_same(one: PotsObserved, other: PotsObserved) -> bool:
    """Say whether two observations differ in nothing but when they were made."""
    return _timeless(one) == _timeless(other)


def untold(movements: Sequence[PotMoved], told: Mapping[str, int]) -> tuple[PotMoved, ...]:
    """Return the movements beyond the last that was told of each pot."""
    return tuple(one for one in movements if one.seen.sequence > told.get(one.pot, -1))


def _timeless(one: PotsObserved) -> tuple[object, ...]:
    return (one.treasury, one.treasury_micro_usdc, one.fee_payer, one.fee_lamports, one.pots, one.is_whole)


def _balance(program: PotProgram, pot: Pot, opened: PotOpened, vault: AccountSeen | None) -> int:
    if str(pot.vault) != opened.vault:
        raise WrongAccount(f"its vault is {pot.vault}, and {opened.vault} when it was opened")
    return _amount(program, vault)


def _amount(program: PotProgram, account: AccountSeen | None) -> int:
    return 0 if account is None else _counted(read_token_account(account, program.mint).amount)


def _counted(amount_micro_usdc: int) -> int:
    """Return an amount that the log can tell; beyond it nothing true can be said."""
    if amount_micro_usdc > AMOUNT_MICROS_MAX:
        raise WrongAccount(f"{amount_micro_usdc} micro-USDC are more than can be told ({AMOUNT_MICROS_MAX})")
    return amount_micro_usdc


def _lamports(account: AccountSeen | None) -> int:
    return 0 if account is None else account.lamports


def _day(day: int) -> int:
    return min(max(day, 0), DAY_MAX)


def _moved(opened: PotOpened, pot: Pot, at_ms: int) -> list[PotMoved]:
    return [
        PotMoved(
            pot=opened.pot,
            seen=MovementSeen(
                one.sequence, one.kind, one.id.hex(), _counted(one.amount_micro_usdc), one.slot
            ),
            at_ms=at_ms,
        )
        for one in pot.remembered()
    ]


def _seen(opened: PotOpened, pot: Pot, balance_micro_usdc: int) -> PotSeen:
    return PotSeen(
        pot=opened.pot,
        balance_micro_usdc=balance_micro_usdc,
        next_sequence=pot.next_sequence,
        history=pot.history.hex(),
        funded_micro_usdc=_counted(pot.funded_micro_usdc),
        settled_micro_usdc=_counted(pot.settled_micro_usdc),
        withdrawn_micro_usdc=_counted(pot.withdrawn_micro_usdc),
        # A cap of more than can be told holds nothing back, as little as the most that can.
        daily_cap_micro_usdc=min(pot.daily_cap_micro_usdc, AMOUNT_MICROS_MAX),
        cap_day=_day(pot.cap_day),
        cap_used_micro_usdc=_counted(pot.cap_used_micro_usdc),
        spent_day=_day(pot.spent_day),
        spent_micro_usdc=_counted(pot.spent_micro_usdc),
        is_paused=pot.is_paused,
        authority=str(pot.authority),
    )
