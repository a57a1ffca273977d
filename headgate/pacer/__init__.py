"""The brain as a library: the deciders that the server runs, in process, with nothing else around them."""

from headgate.pacer.amounts import Unusable
from headgate.pacer.pacer import BudgetPacer
from headgate.pacer.shapes import (
    ChannelType,
    HourlyAllocation,
    HourPrediction,
    PacingAlert,
    PacingStrategy,
    Performance,
    SpendTransaction,
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
