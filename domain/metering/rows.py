"""What is remembered of a campaign that is paid from a pot."""

from typing import Final

from domain.decision import Row

LINKED: Final = 1 << 22  # beside the alerts' bits: whoever looks closely at a campaign asks for its link


class LinkRow(Row, frozen=True, tag="x"):
    """The pot of a campaign, and what the treasury was told of it."""

    pot: str
    version: int
    is_linked: bool
    check_ms: int
    due_ms: int = 0
    told_ms: int = 0
    day: str = ""  # the newest that was told of
    promised_micros: int = 0  # of that day: what it was said to come to, at most, until it is due again
    told: tuple[tuple[str, int], ...] = ()  # of days that are over: what was said that they have cost


def link_key(campaign: bytes) -> bytes:
    """Return where a campaign's link to a pot lies."""
    return campaign + b"\0link"
