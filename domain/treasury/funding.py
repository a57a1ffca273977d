"""Decides a pot's next funding: what campaigns need, or a person wants, and what speaks against it."""

from typing import NamedTuple

from msgspec.structs import replace

from domain.treasury import calculator, limits, reserving, wants
from domain.treasury.alerting import Figure, begin, end, refuse
from domain.treasury.calculator import split
from domain.treasury.links import linked
from domain.treasury.look import Look
from domain.treasury.rows import Wish
from domain.treasury.shortage import over, short
from domain.treasury.spending import Books
from events.limits import AMOUNT_MICROS_MAX
from events.types import FundingPart, PotOpened, RefusedFor


class Room(NamedTuple):
    """How much something still allows."""

    micro_usdc: int
    reason: RefusedFor
    detail: str


def by_need(look: Look, opened: PotOpened, books: Books) -> bool:
    """Fund what the campaigns need, as far as limits allow; say whether a movement was asked for."""
    found = _reckoned(look)
    available = look.ledger.worth(look.account) - books.unsettled_micro_usdc
    need = calculator.need(look.policy, [one.standing for one in found], available)
    least, wanted = max(1, look.policy.least_micro_usdc), min(need.micro_usdc, AMOUNT_MICROS_MAX)
    if wanted < least:
        end(look, "limit_reached")
        over(look)
        return False
    if (why := blocked(look)) is not None:
        refuse(look, why.reason, wanted, why.detail)
        return False
    parts = _allowed(look, _sized(look, found, need.targets_micro_usdc, _within(look, wanted)))
    total = sum(part.amount_micro_usdc for part in parts)
    if total == wanted:
        end(look, "limit_reached")
    if total < least or short(look, total):
        return False
    reserving.fund(look, opened, parts, look.policy.mode)
    return True


def by_hand(look: Look, opened: PotOpened, wish: Wish) -> bool:
    """Fund what a person wants, all of it or nothing; say whether a movement was asked for."""
    amount, id_ = wish.amount_micro_usdc, wish.request_id
    parts = _by_hand_parts(look, amount)
    why = blocked(look) or _too_small(look, amount) or _exceeded(look, parts)
    if why is not None:
        refuse(look, why.reason, amount, why.detail, request_id=id_)
        return False
    if short(look, amount, request_id=id_):
        return False
    reserving.fund(look, opened, parts, "by-hand", id_)
    return True


def _reckoned(look: Look) -> list[wants.Want]:
    """Return what campaigns want, and say of which it cannot be told for want of a rate."""
    found, unknown = wants.of_pot(look)
    for reason, detail in unknown.items():
        refuse(look, reason, 0, detail)
        begin(look, "fx_stale", Figure(0, look.policy.fx_age_minutes_max, "minutes"), detail)
    if not unknown:
        end(look, "fx_stale")
    return found


def _sized(
    look: Look, found: list[wants.Want], targets_micro_usdc: tuple[int, ...], amount_micro_usdc: int
) -> list[FundingPart]:
    """Divide what is needed among the campaigns, as they want it."""
    parts = [FundingPart(*one.campaign, 0, one.fx) for one in found]
    if not parts:
        # Nobody runs, and more was spent than the pot holds: then it is for all that it pays.
        parts = [FundingPart(*campaign, 0, None) for campaign, _ in linked(look)]
    weights = targets_micro_usdc or (1,) * len(parts)
    amounts = split(amount_micro_usdc, weights)
    return [replace(one, amount_micro_usdc=part) for one, part in zip(parts, amounts, strict=True)]


def _too_small(look: Look, amount_micro_usdc: int) -> Room | None:
    least = look.policy.least_micro_usdc
    if amount_micro_usdc >= least:
        return None
    return Room(0, "too-small", f"less than least_micro_usdc, {least}, is not worth a transaction")


def _exceeded(look: Look, parts: list[FundingPart]) -> Room | None:
    """Return the first limit that parts are beyond."""
    total = sum(part.amount_micro_usdc for part in parts)
    for room in _rooms(look):
        if total > room.micro_usdc:
            return room
    for platform, amount in reserving.by_platform(parts).items():
        room = _platform_room(look, platform)
        if amount > room.micro_usdc:
            return room
    return None


def blocked(look: Look) -> Room | None:
    """Return why a pot is not funded at all, if so."""
    if look.opened is None:
        return Room(0, "pot-unknown", "no such pot was opened for this client")
    if look.chain.is_closed:
        return Room(0, "pot-closed", "it is closed on chain")
    if look.chain.is_foreign:
        return Room(0, "pot-foreign", "its authority on chain is not the one that it was opened with")
    if look.switch.reasons:
        return Room(0, "pot-paused", "we have paused it")
    if look.chain.is_paused:
        return Room(0, "pot-paused", "it is paused on chain")
    return None


def _rooms(look: Look) -> list[Room]:
    """Return how much the pot's cap on chain and the day's limits still allow."""
    chain, policy, today = look.chain, look.policy, look.utc_day
    used = chain.cap_used_micro_usdc if chain.cap_day == today else 0
    used += sum(amount for _, day, amount in chain.since if day == today)
    cap = max(0, chain.cap_micro_usdc - used)
    of_pot = limits.room(look, limits.of_pot(look), policy.pot_limit_micro_usdc)
    of_client = limits.room(look, limits.of_client(look), policy.client_limit_micro_usdc)
    return [
        Room(cap, "pot-cap", f"its daily cap on chain allows {cap} micro-USDC more today"),
        Room(of_pot, "pot-limit", f"pot_limit_micro_usdc allows {of_pot} micro-USDC more today"),
        Room(of_client, "client-limit", f"client_limit_micro_usdc allows {of_client} micro-USDC more today"),
    ]


def _platform_room(look: Look, platform: str) -> Room:
    limit = limits.limit_of(look.policy, platform)
    left = limits.room(look, limits.of_platform(look, platform), limit)
    return Room(left, "platform-limit", f"{platform}'s limit allows {left} micro-USDC more today")


def _within(look: Look, wanted: int) -> int:
    """Return as much of what is needed as the pot and the client may have, and say of the rest why not."""
    amount = min(wanted, AMOUNT_MICROS_MAX)
    for room in _rooms(look):
        if amount > room.micro_usdc:
            _refuse_by_limit(look, amount - room.micro_usdc, amount, room)
            amount = room.micro_usdc
    return amount


def _allowed(look: Look, parts: list[FundingPart]) -> list[FundingPart]:
    """Return the parts that their platforms' limits allow."""
    allowed: list[FundingPart] = []
    left: dict[str, Room] = {}
    for part in parts:
        room = left.setdefault(part.platform, _platform_room(look, part.platform))
        if part.amount_micro_usdc > room.micro_usdc:
            _refuse_by_limit(look, part.amount_micro_usdc, part.amount_micro_usdc, room)
        elif part.amount_micro_usdc:
            left[part.platform] = room._replace(micro_usdc=room.micro_usdc - part.amount_micro_usdc)
            allowed.append(part)
    return allowed


def _refuse_by_limit(look: Look, refused: int, wanted: int, room: Room) -> None:
    refuse(look, room.reason, refused, room.detail)
    begin(look, "limit_reached", Figure(wanted, room.micro_usdc), room.detail)


def _by_hand_parts(look: Look, amount: int) -> list[FundingPart]:
    """Count what is given by hand against the platforms that the pot pays, in equal parts."""
    platforms = sorted({campaign[0] for campaign, _ in linked(look)}) or ["by-hand"]
    amounts = split(amount, (1,) * len(platforms))
    return [FundingPart(name, None, None, n, None) for name, n in zip(platforms, amounts, strict=True) if n]
