"""What a pot's campaigns want of it now, in USDC, each by the rate that holds for its account's currency."""

from typing import Final, NamedTuple

from domain.treasury import rates
from domain.treasury.calculator import Standing
from domain.treasury.links import linked
from domain.treasury.look import HOUR_MS, Look
from domain.treasury.rows import Campaign, SpendRow, spend_key
from events.types import CampaignMetered, Fx, RefusedFor

UNKNOWN_RATE: Final = "nothing says what {currency} is worth"
OLD_RATE: Final = "the newest rate of {currency} is older than fx_age_minutes_max"


class Want(NamedTuple):
    """A campaign that a pot pays, its day going on."""

    campaign: Campaign
    fx: Fx | None
    standing: Standing


class Wants(NamedTuple):
    """All of a pot's, and why some could not be reckoned."""

    wants: list[Want]
    unknown: dict[RefusedFor, str]


def of_pot(look: Look) -> Wants:
    """Return what the campaigns want that a pot pays and that run."""
    wants: list[Want] = []
    unknown: dict[RefusedFor, str] = {}
    for campaign, link in linked(look):
        metered = metered_of(look, campaign)
        if metered is None or link.is_stopped or not metered.is_running or look.now_ms >= metered.day_end_ms:
            continue
        fx = rates.current(look, metered.currency)
        if isinstance(fx, str):
            text = UNKNOWN_RATE if fx == "fx-missing" else OLD_RATE
            unknown[fx] = text.format(currency=metered.currency)
        else:
            wants.append(Want(campaign, fx, standing(metered, fx, look.now_ms)))
    return Wants(wants, unknown)


def metered_of(look: Look, campaign: Campaign) -> CampaignMetered | None:
    """Return where a campaign stands, as it was metered last."""
    row: SpendRow | None = look.draft.get(spend_key(look.client, look.pot, campaign))
    return row.metered if row is not None else None


def standing(metered: CampaignMetered, fx: Fx | None, now_ms: int) -> Standing:
    """Return where a campaign stands in its day, in USDC."""
    nano = rates.nano_of(fx)
    left_ms = metered.day_end_ms - max(now_ms, metered.day_start_ms)
    budget = metered.budget_micros
    return Standing(
        budget_micro_usdc=None if budget is None else rates.in_usdc(budget, nano),
        spent_micro_usdc=rates.in_usdc(max(metered.spent_micros, metered.likely_micros), nano),
        expected_micro_usdc=rates.in_usdc(metered.expected_micros, nano),
        band_micro_usdc=rates.in_usdc(metered.band_micros, nano),
        hours_left=max(0, -(-left_ms // HOUR_MS)),
        day_hours=max(1, -(-(metered.day_end_ms - metered.day_start_ms) // HOUR_MS)),
        is_accelerated=metered.is_accelerated,
    )
