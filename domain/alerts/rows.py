"""What is remembered of alerts: which are raised since when, and how often each was."""

from typing import Final, get_args

from domain.decision import Row
from events.types import AlertKind

KINDS: Final[tuple[AlertKind, ...]] = get_args(AlertKind)
BITS: Final[dict[AlertKind, int]] = {kind: 1 << number for number, kind in enumerate(KINDS)}


class AlertsRow(Row, frozen=True, tag="w"):
    """A campaign's alerts, by the place of their kind: how often each was raised, and when the last time."""

    day: str = ""  # the day that those of a day belong to
    episodes: tuple[int, ...] = ()
    raised_ms: tuple[int, ...] = ()
    due_ms: int = 0  # when it is looked whether it stands still


class FreshRow(Row, frozen=True, tag="j"):
    """Up to when an account's spend was read, and when it is looked at again."""

    read_ms: int = 0
    due_ms: int = 0
    episode: int = 0
    raised_ms: int = 0  # zero: not raised


def alerts_key(campaign: bytes) -> bytes:
    """Return where the alerts of a campaign lie."""
    return campaign + b"\0alerts"


def fresh_key(subject: str) -> bytes:
    """Return where it lies how fresh an account is; no campaign has an empty name."""
    return f"{subject}\0\0fresh".encode()
