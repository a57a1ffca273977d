"""Where Decimal amounts become integers of micros and back, exactly or not at all."""

from decimal import Decimal, InvalidOperation

from events.limits import AMOUNT_MICROS_MAX
from infra.errors import FixInput

MICROS_DIGITS = 6
UNIT_MICROS = 10**MICROS_DIGITS
WHOLE_PERMILLE = 1000


class Unusable(FixInput, ValueError):  # noqa: N818 - named after what was given
    """What was handed to the library cannot be; nothing of the call has counted."""


def to_micros(amount: Decimal | int, what: str) -> int:
    """Return an amount in micros; nothing is rounded, and a float is no amount."""
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int):
        raise Unusable(
            f"The {what} is a {type(amount).__name__}, {amount!r}.",
            'Give a Decimal made from text, as Decimal("19.99"): a float is already rounded.',
        )
    exact = Decimal(amount)
    if not exact.is_finite() or not 0 <= exact <= AMOUNT_MICROS_MAX // UNIT_MICROS:
        raise Unusable(f"The {what} is {amount}.", "Give an amount from 0 to 1,000,000,000.")
    micros = int(exact.scaleb(MICROS_DIGITS))
    if to_amount(micros) != exact:
        raise Unusable(
            f"The {what} is {amount}, finer than a millionth.",
            "Round it, as you account for it, to six digits.",
        )
    return micros


def parsed(text: str, what: str) -> int:
    """Return an amount in micros that a person has typed."""
    try:
        return to_micros(Decimal(text), what)
    except InvalidOperation as error:
        raise Unusable(f"The {what} is {text!r}.", "Give a number such as 150 or 19.99.") from error


def to_amount(micros: int) -> Decimal:
    """Return micros as an amount, with cents at least."""
    units, rest = divmod(abs(micros), UNIT_MICROS)
    digits = f"{rest:06}".rstrip("0").ljust(2, "0")
    return Decimal(f"{'-' if micros < 0 else ''}{units}.{digits}")


def is_whole(number: object, least: int, most: int) -> bool:
    """Say whether something is a whole number within bounds; ``True`` is none."""
    return isinstance(number, int) and not isinstance(number, bool) and least <= number <= most


def to_permille(share: float | Decimal, what: str, least: int, most: int) -> int:
    """Return a ratio in thousandths, as it is written: a person's 0.12 is 120."""
    try:
        exact = Decimal(str(share)).scaleb(3)
        permille = int(exact)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise Unusable(f"{what} is {share!r}, which is no number.", "Give a ratio such as 0.12.") from error
    if permille != exact or not least <= permille <= most:
        raise Unusable(
            f"{what} is {share}.",
            f"Give a ratio from {to_ratio(least)} to {to_ratio(most)}, to three digits behind the point.",
        )
    return permille


def to_ratio(permille: int) -> float:
    """Return thousandths as a ratio, for people and for comparing with their thresholds."""
    return permille / WHOLE_PERMILLE
