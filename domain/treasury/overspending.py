"""Pauses a pot, and its campaigns, when a day has cost clearly more than its budgets allow."""

from msgspec.structs import replace

from domain.money import permille_of
from domain.treasury import agenda, alerting, rates, spending, switching
from domain.treasury.links import linked
from domain.treasury.look import Look
from domain.treasury.rows import OVERSPENT, DaySpend, SpendRow, spend_key
from events.types import CampaignMetered


def judge(look: Look) -> None:
    """Compare what a pot's day has cost, by the platforms and by itself, with its campaigns' budgets.

    A day is paused once: whoever lets the pot go on before it is over, has decided.
    """
    if look.switch.until_ms > look.now_ms:
        return
    spent = budgets = until_ms = 0
    for campaign, _ in linked(look):
        row: SpendRow | None = look.draft.get(spend_key(look.client, look.pot, campaign))
        if row is None or row.metered is None or look.now_ms >= row.metered.day_end_ms:
            continue
        metered = row.metered
        nano = _nano(look, metered.currency)
        # Without a budget, or without a rate, nothing says what would be too much.
        if metered.budget_micros is None or nano is None:
            return
        budgets += rates.in_usdc(metered.budget_micros, nano)
        spent += sum(rates.in_usdc(spending.cost(day), nano) for day in _today(row, metered))
        until_ms = max(until_ms, metered.day_end_ms)
    if until_ms == 0:
        return
    chain = look.chain
    if chain.spent_day == look.utc_day:
        spent = max(spent, chain.spent_micro_usdc)
    limit = permille_of(budgets, look.policy.pause_permille)
    if spent > limit:
        _pause(look, spent, limit, until_ms)


def _pause(look: Look, spent_micro_usdc: int, limit_micro_usdc: int, until_ms: int) -> None:
    detail = f"its campaigns have cost more than {look.policy.pause_permille} permille of their daily budgets"
    look.switch = replace(look.switch, until_ms=until_ms)
    alerting.begin(look, "pot_overspent", alerting.Figure(spent_micro_usdc, limit_micro_usdc), detail)
    switching.pause(look, OVERSPENT, "overspent")
    switching.stop_campaigns(look, detail)
    agenda.at(look, until_ms)


def _today(row: SpendRow, metered: CampaignMetered) -> list[DaySpend]:
    return [day for day in row.days if day.day == metered.day]


def _nano(look: Look, currency: str) -> int | None:
    if currency == rates.USD:
        return rates.NANO
    rate = rates.newest(look, currency)
    return rate.nano_usdc if rate is not None else None
