"""Pauses a pot and stops its campaigns, for as long as there is a reason to, and lets them go on."""

from typing import Final, Literal

from msgspec.structs import replace

from domain.treasury import agenda, alerting
from domain.treasury.ledger import FEE_PAYER, FEES, Line
from domain.treasury.links import linked
from domain.treasury.look import MINUTE_MS, Look
from domain.treasury.rows import FAILING, OVERSPENT, SpendRow, spend_key
from events.types import PausePot, PotSwitched, PotSwitchFailed, ResumePot, StopLifted, StopOrdered

PausedFor = Literal["overspent", "failing", "campaign-paused"]
ResumedFor = Literal["new-day", "campaign-resumed", "by-hand"]
SWITCH_MS: Final = 30 * MINUTE_MS
AGAIN_MS: Final = 10 * MINUTE_MS
BY: Final = "treasury"


def pause(look: Look, bit: int, reason: PausedFor) -> None:
    """Have one more reason to pause a pot."""
    row = look.switch
    if row.reasons & bit:
        return
    look.switch = replace(row, reasons=row.reasons | bit)
    if not row.reasons:
        _pause(look, reason)


def resume(look: Look, bits: int, reason: ResumedFor) -> None:
    """Have some reasons no longer; with the last one the pot goes on."""
    row = look.switch
    if not row.reasons & bits:
        return
    look.switch = replace(row, reasons=row.reasons & ~bits)
    if not look.switch.reasons:
        _resume(look, reason)
    if not look.switch.reasons & (OVERSPENT | FAILING):
        lift(look, reason)


def stop_campaigns(look: Look, reason: str) -> None:
    """Stop those campaigns of a pot that run, on their platforms, unless they are stopped."""
    row = look.switch
    if row.stopped:
        return
    running = []
    for campaign, _ in linked(look):
        spend: SpendRow | None = look.draft.get(spend_key(look.client, look.pot, campaign))
        if spend is not None and spend.metered is not None and spend.metered.is_running:
            running.append(campaign)
    look.switch = row = replace(row, stops=row.stops + 1, stopped=tuple(running))
    for platform, account, name in running:
        ordered = StopOrdered(_stop_id(look), "campaign", name, look.now_ms, reason, BY)
        look.tell(ordered, f"{look.client}/{platform}/{account}")


def lift(look: Look, reason: str) -> None:
    """Let campaigns run again that were stopped for a pot's sake."""
    row = look.switch
    for platform, account in dict.fromkeys(one[:2] for one in row.stopped):
        lifted = StopLifted(_stop_id(look), look.now_ms, reason, BY)
        look.tell(lifted, f"{look.client}/{platform}/{account}")
    if row.stopped:
        look.switch = replace(row, stopped=())


def ensure(look: Look) -> None:
    """Ask again for a switch that has failed, and end an overspent day's pause with the day."""
    row = look.switch
    if row.reasons & OVERSPENT:
        if look.now_ms >= row.until_ms:
            resume(look, OVERSPENT, "new-day")
            alerting.end(look, "pot_overspent")
        else:
            agenda.at(look, row.until_ms)
    row = look.switch
    if row.failed_ms and look.now_ms >= row.failed_ms + AGAIN_MS:
        if row.is_pausing:
            _pause(look, "failing" if row.reasons & FAILING else "overspent")
        else:
            _resume(look, "by-hand")
    elif row.failed_ms:
        agenda.at(look, row.failed_ms + AGAIN_MS)


def heard(look: Look, fact: PotSwitched | PotSwitchFailed) -> None:
    """Hear how a switch ended, each once."""
    row, is_done = look.switch, isinstance(fact, PotSwitched)
    if fact.order <= row.heard or fact.order > row.order:
        return
    row = replace(row, heard=fact.order)
    slot = fact.slot if isinstance(fact, PotSwitched) else 0
    if fact.fee_lamports:
        look.book("fee", [Line(FEES, FEE_PAYER, fact.fee_lamports)], slot=slot, at_ms=fact.at_ms)
    if fact.order == row.order:
        row = replace(row, slot=slot or row.slot, failed_ms=0 if is_done else max(look.now_ms, 1))
        if slot > look.chain.slot:
            look.chain = replace(look.chain, is_paused=fact.is_paused)
    look.switch = row
    agenda.soon(look)


def observed(look: Look, slot: int, *, is_paused: bool) -> None:
    """Respect a person who has let a pot go on that we had paused."""
    row = look.switch
    is_settled = row.heard == row.order and row.is_pausing and not row.failed_ms
    if is_paused or not row.reasons or not is_settled or slot <= row.slot:
        return
    look.switch = replace(row, reasons=0)
    look.row = replace(look.row, failures=0)
    lift(look, "by-hand")
    alerting.end(look, "funding_failing")
    alerting.end(look, "pot_overspent")
    agenda.soon(look)


def _pause(look: Look, reason: PausedFor) -> None:
    order = _next(look, is_pausing=True)
    look.tell(PausePot(look.pot, order, reason, look.now_ms, look.now_ms + SWITCH_MS))


def _resume(look: Look, reason: ResumedFor) -> None:
    order = _next(look, is_pausing=False)
    look.tell(ResumePot(look.pot, order, reason, look.now_ms, look.now_ms + SWITCH_MS))


def _next(look: Look, *, is_pausing: bool) -> int:
    row = look.switch
    look.switch = replace(row, order=row.order + 1, is_pausing=is_pausing, failed_ms=0)
    return row.order + 1


def _stop_id(look: Look) -> str:
    return f"treasury.{look.pot}.{look.switch.stops}"
