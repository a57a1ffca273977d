"""Compares what a run has left: what the chain holds, what the ledger says, what the facts add up to."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from chain.pot import Movement, Pot, first_history, following_history
from events.types import (
    FundingPolicySet,
    FundingPosted,
    FundingRefused,
    FundingRequested,
    FundingReserved,
    FundingVoided,
    MovementFailed,
    MovementLanded,
    PotMoved,
    PotSwitched,
    PotSwitchFailed,
    SettlementPosted,
    SettlementReserved,
    SettlementVoided,
)
from proof.treasury.days import day_of
from proof.treasury.ledger import Ledger
from proof.treasury.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from solders.pubkey import Pubkey

Reserved = FundingReserved | SettlementReserved
Ended = FundingPosted | FundingVoided | SettlementPosted | SettlementVoided
Told = dict[str, dict[int, Movement]]
"""Movements by pot and number."""
Outcome = MovementLanded | MovementFailed | PotSwitched | PotSwitchFailed


@dataclass(frozen=True)
class OnChain:
    """What the finalized chain has in the end."""

    treasury: int
    vaults: Mapping[str, int]
    pots: Mapping[str, tuple[Pubkey, Pot]]
    first: Mapping[str, int]
    """The number at which each pot began."""
    time_ms: Callable[[int], int | None]
    """When a slot was."""


def verify(facts: Sequence[Any], decisions: Sequence[Any], orders: Iterable[str], chain: OnChain) -> Verdict:
    """Compare everything with everything."""
    verdict = Verdict()
    ledger = Ledger()
    ledger.read(decisions)
    _balances(verdict, ledger, chain)
    told = _told(verdict, facts)
    _movements(verdict, told, chain)
    _caps(verdict, told, chain)
    _posted(verdict, decisions, told)
    _requests(verdict, facts, decisions)
    _outcomes(verdict, facts, orders)
    _limits(verdict, facts, decisions)
    return verdict


def _balances(verdict: Verdict, ledger: Ledger, chain: OnChain) -> None:
    """Chain and ledger have the same in every pot and in the treasury, and nothing is on its way."""
    for pot, there in chain.vaults.items():
        verdict.equal("balance", f"on chain, the pot {pot[:8]}", ledger.balance(f"pot:{pot}"), there)
    verdict.equal("balance", "on chain, the treasury", ledger.balance("treasury"), chain.treasury)
    verdict.none("pending", "lines that nothing has ended", ledger.open)
    verdict.none("balance", "units whose debits are not its credits", ledger.differences())
    verdict.none("lines", "lines of the ledger", ledger.findings)


def _told(verdict: Verdict, facts: Sequence[Any]) -> Told:
    """Return what pots have told of their movements; what they tell again is the same."""
    told: Told = defaultdict(dict)
    for fact in facts:
        if isinstance(fact, PotMoved):
            seen = fact.seen
            movement = Movement(
                seen.sequence, seen.kind, bytes.fromhex(seen.movement), seen.amount_micro_usdc, seen.slot
            )
            before = told[fact.pot].setdefault(seen.sequence, movement)
            verdict.equal("movements", f"{seen.sequence} of {fact.pot[:8]}, told again", before, movement)
    return told


def _movements(verdict: Verdict, told: Told, chain: OnChain) -> None:
    """Every movement of the chain is told, and their running hash and sums are the chain's."""
    for name, (address, pot) in chain.pots.items():
        history = first_history(address, chain.first[name])
        for _, movement in sorted(told[name].items()):
            history = following_history(history, movement)
        verdict.equal("history", f"of the pot {name[:8]}", pot.history.hex(), history.hex())
        sums = Counter[str]()
        for movement in told[name].values():
            sums[movement.kind] += movement.amount_micro_usdc
        verdict.equal("totals", f"funded into {name[:8]}", pot.funded_micro_usdc, sums["fund"])
        verdict.equal("totals", f"settled from {name[:8]}", pot.settled_micro_usdc, sums["settle"])
        verdict.equal("totals", f"withdrawn from {name[:8]}", pot.withdrawn_micro_usdc, sums["withdraw"])


def _caps(verdict: Verdict, told: Told, chain: OnChain) -> None:
    """No pot was ever funded above its cap on a day of the chain's clock."""
    for name, (_, pot) in chain.pots.items():
        days = Counter[str]()
        for movement in told[name].values():
            at_ms = chain.time_ms(movement.slot)
            if movement.kind == "fund" and at_ms is not None:
                days[day_of(at_ms)] += movement.amount_micro_usdc
        for day, funded in days.items():
            above = max(0, funded - pot.daily_cap_micro_usdc)
            verdict.equal("caps", f"funded into {name[:8]} on {day} above its cap", 0, above)


def _posted(verdict: Verdict, decisions: Sequence[Any], told: Told) -> None:
    """Hold that what is posted has moved, what is voided has not, and each has one end."""
    reserved = {one.movement_id: one for one in decisions if isinstance(one, Reserved)}
    ends = Counter(one.movement_id for one in decisions if isinstance(one, Ended))
    for name in reserved:
        verdict.equal("ends", f"how often {name} has ended", 1, ends[name])
    ours = {movement.id for movements in told.values() for movement in movements.values()}
    posted = [one for one in decisions if isinstance(one, FundingPosted | SettlementPosted)]
    for one in decisions:
        if isinstance(one, Ended):
            there = told[one.pot].get(one.sequence)
            is_there = there is not None and there.id == movement_of(one.movement_id)
            verdict.equal("ends", f"{one.TYPE} {one.movement_id}: is it on chain", one in posted, is_there)
    verdict.equal("ends", "movements told, by their ids", len(ours), sum(len(one) for one in told.values()))


def _requests(verdict: Verdict, facts: Sequence[Any], decisions: Sequence[Any]) -> None:
    """Every request of a person has exactly one answer: reserved once, or refused once."""
    wanted = {one.request_id for one in facts if isinstance(one, FundingRequested)}
    answers = Counter(
        one.request_id
        for one in decisions
        if isinstance(one, FundingReserved | FundingRefused) and one.request_id is not None
    )
    for request in sorted(wanted | set(answers)):
        verdict.equal("requests", f"answers to {request}", 1, answers[request])


def _outcomes(verdict: Verdict, facts: Sequence[Any], orders: Iterable[str]) -> None:
    """Every order to the chain has exactly one outcome."""
    outcomes = Counter(one.command_id for one in facts if isinstance(one, Outcome))
    for order in orders:
        verdict.equal("outcomes", f"of the order {order}", 1, outcomes[order])


def _limits(verdict: Verdict, facts: Sequence[Any], decisions: Sequence[Any]) -> None:
    """No day's fundings were ever above a limit, what was on its way included."""
    given = (one for one in facts if isinstance(one, FundingPolicySet))
    rules = next(given, FundingPolicySet(policy_version=0))
    limits = {one.platform: one.micro_usdc for one in rules.platform_limits}
    used: Counter[tuple[str, str]] = Counter()
    taken: dict[str, Counter[tuple[str, str]]] = {}
    for one in decisions:
        if isinstance(one, FundingReserved):
            day = day_of(one.at_ms)
            mine = taken[one.movement_id] = Counter[tuple[str, str]]()
            for part in one.parts:
                if part.campaign is not None:
                    mine["platform " + part.platform, day] += part.amount_micro_usdc
            mine["pot " + one.pot, day] += one.amount_micro_usdc
            mine["client", day] += one.amount_micro_usdc
            used += mine
            for what, _ in mine:
                kind, _, name = what.partition(" ")
                limit = {
                    "platform": limits.get(name, rules.other_limit_micro_usdc),
                    "pot": rules.pot_limit_micro_usdc,
                    "client": rules.client_limit_micro_usdc,
                }[kind]
                verdict.equal("limits", f"{what} on {day} above {limit}", 0, max(0, used[what, day] - limit))
        elif isinstance(one, FundingVoided):
            used -= taken.get(one.movement_id, Counter())


def movement_of(movement_id: str) -> bytes:
    """Return what the chain remembers a movement by."""
    return sha256(movement_id.encode()).digest()
