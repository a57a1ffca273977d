"""When the treasury has not what is wanted of it: a refusal, and a critical alert until it has."""

from msgspec.structs import replace

from domain.treasury import agenda
from domain.treasury.alerting import Figure, begin, end, refuse
from domain.treasury.ledger import TREASURY
from domain.treasury.look import Look


def short(look: Look, wanted_micro_usdc: int, *, request_id: str | None = None) -> bool:
    """Say whether the treasury has less than is wanted; if so, tell it."""
    room = max(0, look.ledger.room(TREASURY))
    if wanted_micro_usdc <= room:
        over(look)
        return False
    detail = f"{wanted_micro_usdc} micro-USDC are wanted, the treasury has {room}: pay USDC into it"
    refuse(look, "treasury-short", wanted_micro_usdc, detail, request_id=request_id)
    begin(_treasury(look), "treasury_short", Figure(wanted_micro_usdc, room), detail)
    look.of_client = replace(look.of_client, short_pot=look.pot, short_micro_usdc=wanted_micro_usdc)
    return True


def over(look: Look) -> None:
    """End the alert if this pot is the one that was short."""
    if look.of_client.short_pot == look.pot:
        _end(look)


def refilled(look: Look) -> None:
    """Fund the pot that was short as soon as the treasury has what it wanted."""
    row = look.of_client
    if row.short_pot and look.ledger.room(TREASURY) >= row.short_micro_usdc:
        agenda.soon(Look(look.draft, look.client, row.short_pot))
        _end(look)


def _end(look: Look) -> None:
    look.of_client = replace(look.of_client, short_pot="", short_micro_usdc=0)
    end(_treasury(look), "treasury_short")


def _treasury(look: Look) -> Look:
    return Look(look.draft, look.client)
