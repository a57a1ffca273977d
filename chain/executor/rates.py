"""What currencies are worth in USDC by the settings, as facts for each client that has pots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from events.types import FxRateSet
from infra.errors import FixSetup

if TYPE_CHECKING:
    from collections.abc import Mapping

NANO: Final = 10**9
SOURCE: Final = "settings"
# Of the product's time: several times within the age that a rate may have by default.
REPEAT_MS: Final = 6 * 3_600_000


class Rate(Struct, frozen=True):
    """What one whole unit of a currency is worth, in thousandths of a micro-USDC."""

    currency: str
    nano_usdc: int


def rates(fx: Mapping[str, str]) -> tuple[Rate, ...]:
    """Read the settings' rates; a US dollar is a USDC, whatever they say."""
    given = {currency: Rate(currency, nano_usdc(currency, text)) for currency, text in sorted(fx.items())}
    return tuple({**given, "USD": Rate("USD", NANO)}.values())


def nano_usdc(currency: str, text: str) -> int:
    """Read a decimal as the settings allow it, exactly."""
    whole, _, fraction = text.partition(".")
    worth = int(whole) * NANO + int(fraction.ljust(9, "0") or "0")
    if worth == 0:
        raise FixSetup(
            f"The settings say that a {currency} is worth nothing (chain.fx).",
            f'Give what one {currency} is worth in USDC, such as {currency} = "1.0832", or leave it out.',
        )
    return worth


class Rates:
    """Tells each client the rates when it is first heard of, and again every few hours."""

    def __init__(self, given: tuple[Rate, ...]) -> None:
        self._given = given
        self._told_ms: dict[str, int] = {}

    def due(self, client: str, now_ms: int) -> tuple[FxRateSet, ...]:
        """Return what a client is to be told now."""
        told_ms = self._told_ms.get(client)
        if told_ms is not None and 0 <= now_ms - told_ms < REPEAT_MS:
            return ()
        return tuple(FxRateSet(one.currency, one.nano_usdc, now_ms, SOURCE) for one in self._given)

    def told(self, client: str, now_ms: int) -> None:
        """Note that a client was told."""
        self._told_ms[client] = now_ms
