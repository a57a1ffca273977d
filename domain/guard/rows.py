"""What the guard remembers of a campaign, and when it has to come back to which."""

from typing import Final

from domain.decision import Row
from events.types import CampaignStatus

FREE, PAUSING, PAUSED, RESUMING = range(4)

AGENDA_KEY: Final = b"\0agenda"  # one row a partition


class GuardRow(Row, frozen=True, tag="g"):
    """How a campaign stands with the platform and with us; a campaign without one runs and is free."""

    state: int = FREE
    order: int = 0  # of the newest command
    status: CampaignStatus = "enabled"
    status_as_of_ms: int = 0
    until_ms: int = 0  # our pause ends with the account's day
    keeps_off_until_ms: int = 0


class AgendaRow(Row, frozen=True, tag="e"):
    """The moments at which something is due, in order, each with its number of ``DueRow``."""

    due: tuple[tuple[int, int], ...] = ()


class DueRow(Row, frozen=True, tag="u"):
    """Campaigns whose pause ends at one moment, each its subject and name."""

    campaigns: tuple[tuple[str, str], ...] = ()


def guard_key(campaign: bytes) -> bytes:
    """Return where the guard's row of a campaign lies."""
    return campaign + b"\0guard"


def due_key(due_ms: int, number: int) -> bytes:
    """Return where some of the campaigns lie that are due at a moment."""
    return b"\0due\0%d\0%d" % (due_ms, number)
