"""The command line, the composition root, and the brain as a library: `from headgate import BudgetPacer`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headgate.pacer import (
        BudgetPacer,
        ChannelType,
        HourlyAllocation,
        HourPrediction,
        PacingAlert,
        PacingStrategy,
        Performance,
        SpendTransaction,
        Unusable,
    )

__all__ = [
    "BudgetPacer",
    "ChannelType",
    "HourPrediction",
    "HourlyAllocation",
    "PacingAlert",
    "PacingStrategy",
    "Performance",
    "SpendTransaction",
    "Unusable",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the library offers under the name
    """Import the library when something of it is asked for, so that the command line starts without it."""
    if name not in __all__:
        raise AttributeError(f"module 'headgate' has no attribute {name!r}")
    from headgate import pacer  # noqa: PLC0415 - only now, as said above

    return getattr(pacer, name)
