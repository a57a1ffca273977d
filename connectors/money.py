"""Amounts as platforms write them, to micros and back: exactly, or not at all."""

from decimal import Decimal, InvalidOperation  # money-ok: platforms write decimals; exact, or refused
from typing import Final

from events.limits import AMOUNT_MICROS_MAX

MICROS: Final = 1_000_000
DECIMALS: Final = 6
# A billion units with its micros has sixteen digits; some platforms add zeros, and nobody this many.
DIGITS_MAX: Final = 28


def to_micros(amount: str | Decimal) -> int:
    """Return an amount of whole units, such as ``"41.20"``, in micros; ``ValueError`` when it is not one."""
    try:
        units = Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"{amount!r:.40} is not an amount") from None
    _, digits, exponent = units.as_tuple()
    # Looked at before anything is computed: an exponent may name more digits than memory holds.
    if not isinstance(exponent, int) or len(digits) + abs(exponent) > DIGITS_MAX:
        raise ValueError(f"{amount!s:.40} is not an amount")
    micros = units.scaleb(DECIMALS)
    if not 0 <= micros <= AMOUNT_MICROS_MAX or micros != micros.to_integral_value():
        raise ValueError(f"{amount!s:.40} is not a whole number of micros, from 0 to {AMOUNT_MICROS_MAX}")
    return int(micros)


def to_units(micros: int) -> Decimal:
    """Return micros in whole units, without zeros that say nothing."""
    units = Decimal(micros).scaleb(-DECIMALS)
    return units.quantize(Decimal(1)) if micros % MICROS == 0 else units.normalize()


def to_count(count: str | Decimal) -> int:
    """Return a count that was written as a decimal, such as ``"7"`` or ``"7.00"``."""
    micros = to_micros(count)
    if micros % MICROS:
        raise ValueError(f"{count!s:.40} is not a count")
    return micros // MICROS
