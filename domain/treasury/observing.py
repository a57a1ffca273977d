"""Compares chain and ledger: deposits and gifts are booked, what differs for longer is told."""

from typing import Final

from msgspec.structs import replace

from domain.treasury import agenda, alerting, overspending, shortage, switching
from domain.treasury.alerting import Figure
from domain.treasury.ledger import OUTSIDE, SETTLEMENT, TREASURY, Line
from domain.treasury.look import Look
from domain.treasury.rows import UNKNOWN, ChainRow
from events.types import PotSeen, PotsObserved

# A pot that is opened again begins at its slot << 20: so many movements cannot lie between two observations.
JUMP: Final = 2**19
FEES_PERMILLE: Final = 1_200  # of the least that fees must have: then the alert is over

Totals = tuple[int, int, int]


def observe(look: Look, fact: PotsObserved) -> None:
    """Take in what a finalized slot says of a client's treasury and pots."""
    client, fresh = look.of_client, 0
    for seen in fact.pots:
        of_pot = Look(look.draft, look.client, seen.pot)
        if of_pot.opened is not None and of_pot.chain.slot < fact.slot:
            _pot(of_pot, seen, fact)
            fresh += 1
    if fact.slot < client.slot:
        return
    counted = fresh + (client.seen if fact.slot == client.slot else 0)
    look.of_client = replace(look.of_client, slot=fact.slot, seen=counted)
    _fees(look, fact)
    # Pots that do not fit into one fact are told in several of one slot, with whatever the treasury has then.
    if fact.is_whole or counted >= client.pots:
        _deposits(look, fact)


def _deposits(look: Look, fact: PotsObserved) -> None:
    """Book what came into the treasury: what it has and what all pots ever took from it, at the same slot."""
    client = look.of_client
    deposits = fact.treasury_micro_usdc + client.funded_micro_usdc
    more = deposits - client.deposits_micro_usdc
    look.of_client = replace(client, deposits_micro_usdc=deposits)
    if more > 0:
        look.book("deposit", [Line(TREASURY, OUTSIDE, more)], slot=fact.slot, at_ms=fact.at_ms)
    elif more < 0:
        look.book("taken-out", [Line(OUTSIDE, TREASURY, -more)], slot=fact.slot, at_ms=fact.at_ms)
    shortage.refilled(look)


def _fees(look: Look, fact: PotsObserved) -> None:
    least, has = look.policy.fees_least_lamports, fact.fee_lamports
    if has < least:
        detail = f"{fact.fee_payer} pays the fees and has {has} lamports: send SOL to it"
        alerting.begin(look, "fees_low", Figure(has, least, "lamports"), detail)
    elif has * 1000 >= least * FEES_PERMILLE:
        alerting.end(look, "fees_low")


def _pot(look: Look, seen: PotSeen, fact: PotsObserved) -> None:
    before, row = look.chain, look.row
    is_first = before.through == UNKNOWN
    earlier, totals = _totals(before, seen)
    chain = replace(
        before,
        slot=fact.slot,
        next_sequence=seen.next_sequence,
        is_paused=seen.is_paused,
        is_foreign=_is_foreign(look, seen),
        is_closed=False,
        cap_micro_usdc=seen.daily_cap_micro_usdc,
        cap_day=seen.cap_day,
        cap_used_micro_usdc=seen.cap_used_micro_usdc,
        since=tuple(one for one in before.since if one[0] > fact.slot),
        spent_day=seen.spent_day,
        spent_micro_usdc=seen.spent_micro_usdc,
        earlier=earlier,
        seen=(seen.funded_micro_usdc, seen.settled_micro_usdc, seen.withdrawn_micro_usdc),
    )
    look.chain = chain
    look.row = replace(row, next_sequence=max(row.next_sequence, seen.next_sequence))
    client, taken = look.of_client, totals[0] - before.earlier[0] - before.seen[0]
    look.of_client = replace(client, funded_micro_usdc=client.funded_micro_usdc + taken)
    if is_first:
        _begin(look, totals, fact)
    _gifts(look, seen, totals, fact)
    _compare(look, totals, fact.slot)
    _foreign(look, seen)
    switching.observed(look, fact.slot, is_paused=seen.is_paused)
    overspending.judge(look)
    if is_first or _turned(before, look.chain):
        agenda.soon(look)


def _totals(before: ChainRow, seen: PotSeen) -> tuple[Totals, Totals]:
    """Return what the pot had moved before it was opened anew, and what it has in all its life."""
    earlier, now = (
        before.earlier,
        (seen.funded_micro_usdc, seen.settled_micro_usdc, seen.withdrawn_micro_usdc),
    )
    if before.next_sequence != UNKNOWN and seen.next_sequence - before.next_sequence > JUMP:
        # The ledger knows best what there was, less what it has heard of the new one already.
        heard = now if before.through >= seen.next_sequence - 1 else (0, 0, 0)
        earlier = _less(before.booked, heard)
    return earlier, _sum(earlier, now)


def _less(one: Totals, other: Totals) -> Totals:
    return max(0, one[0] - other[0]), max(0, one[1] - other[1]), max(0, one[2] - other[2])


def _sum(one: Totals, other: Totals) -> Totals:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _begin(look: Look, totals: Totals, fact: PotsObserved) -> None:
    """Book as sums what a pot had moved before it was known."""
    funded, settled, withdrawn = totals
    lines = [
        Line(look.account, TREASURY, funded),
        Line(SETTLEMENT, look.account, settled),
        Line(OUTSIDE, look.account, withdrawn),
    ]
    look.book("foreign-movement", lines, slot=fact.slot, at_ms=fact.at_ms)
    chain = look.chain
    look.chain = replace(chain, booked=totals, through=max(0, chain.next_sequence) - 1)


def _gifts(look: Look, seen: PotSeen, totals: Totals, fact: PotsObserved) -> None:
    """Book what somebody has sent to a pot's vault past the program."""
    chain, (funded, settled, withdrawn) = look.chain, totals
    gifts = seen.balance_micro_usdc - (funded - settled - withdrawn)
    more = gifts - chain.gifts_micro_usdc
    look.chain = replace(chain, gifts_micro_usdc=gifts)
    if more > 0:
        look.book("gift", [Line(look.account, OUTSIDE, more)], slot=fact.slot, at_ms=fact.at_ms)
    elif more < 0:
        look.book("taken-out", [Line(OUTSIDE, look.account, -more)], slot=fact.slot, at_ms=fact.at_ms)


def _compare(look: Look, totals: Totals, slot: int) -> None:
    """Hold the ledger to the chain's totals, unless it knows of later movements already."""
    chain = look.chain
    last = chain.next_sequence - 1
    if max((chain.through, *chain.ahead)) > last:
        return
    if chain.booked == totals:
        look.chain = replace(chain, waits_for=UNKNOWN)
        alerting.end(look, "ledger_differs")
    elif chain.through < last and chain.through >= chain.waits_for:
        # What the pot has moved is on its way to us; it has until the next observation.
        look.chain = replace(chain, waits_for=last)
    else:
        worth, booked = (one[0] - one[1] - one[2] for one in (totals, chain.booked))
        detail = f"funded, settled, withdrawn: chain {totals} at slot {slot}, ledger {chain.booked}"
        alerting.begin(look, "ledger_differs", Figure(worth, booked), detail)


def _is_foreign(look: Look, seen: PotSeen) -> bool:
    opened = look.opened
    return opened is not None and opened.authority != seen.authority


def _foreign(look: Look, seen: PotSeen) -> None:
    if look.chain.is_foreign:
        detail = f"its authority is {seen.authority}, not the one that it was opened with; it is not funded"
        alerting.begin(look, "pot_foreign", Figure(seen.balance_micro_usdc, 0), detail)
    else:
        alerting.end(look, "pot_foreign")


def _turned(before: ChainRow, now: ChainRow) -> bool:
    """Say whether something has become possible that was not."""
    return (
        before.is_paused != now.is_paused
        or before.is_closed != now.is_closed
        or before.is_foreign != now.is_foreign
        or before.cap_micro_usdc != now.cap_micro_usdc
    )
