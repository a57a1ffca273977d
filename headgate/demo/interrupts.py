"""Ctrl-C and its kin: the first one ends the demo in an orderly way, and nothing disturbs that."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ending_by_signal() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first signal inside the context, whichever it is."""
    before = {number: signal.signal(number, _end) for number in END_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def hold() -> None:
    """Heed no signal from here to the end of the context: what cleans up must not be cut short."""
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _end(_number: int, _frame: FrameType | None) -> None:
    hold()
    raise KeyboardInterrupt
