"""What other currencies are worth in USDC, by the newest rate that is not too old; USD is USDC."""

from typing import Final

from domain.treasury.look import MINUTE_MS, Look
from domain.treasury.rows import RateRow, rate_key
from events.types import Fx, FxRateSet, RefusedFor

NANO: Final = 1_000_000_000
USD: Final = "USD"


def set_rate(look: Look, rate: FxRateSet) -> None:
    """Keep a currency's newest rate."""
    known = newest(look, rate.currency)
    if known is None or rate.as_of_ms > known.as_of_ms:
        look.draft.changes[rate_key(look.client, rate.currency)] = RateRow(rate)


def newest(look: Look, currency: str) -> FxRateSet | None:
    """Return the newest rate, however old it is."""
    row: RateRow | None = look.draft.get(rate_key(look.client, currency))
    return row.rate if row is not None else None


def current(look: Look, currency: str) -> Fx | RefusedFor | None:
    """Return the rate to decide by: None for USD; why not, where there is none that may be used."""
    if currency == USD:
        return None
    rate = newest(look, currency)
    if rate is None:
        return "fx-missing"
    if look.now_ms - rate.as_of_ms > look.policy.fx_age_minutes_max * MINUTE_MS:
        return "fx-stale"
    return Fx(currency, rate.nano_usdc, rate.as_of_ms)


def nano_of(fx: Fx | None) -> int:
    """Return a rate's thousandths of a micro-USDC."""
    return NANO if fx is None else fx.nano_usdc


def in_usdc(micros: int, nano_usdc: int) -> int:
    """Turn an amount into micro-USDC, never to less than it is worth."""
    return -(-micros * nano_usdc // NANO)
