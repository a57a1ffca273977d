"""Says whether a campaign may spend an amount, why not, and holds the amount for a while if asked to."""

from domain.draft import Draft
from domain.pacing.rows import AccountRow
from events.types import SpendRecorded, SpendRequested


def answer(draft: Draft, subject: str, request: SpendRequested, account: AccountRow) -> None:
    """Publish whether the campaign may spend the amount."""


def recorded(draft: Draft, key: bytes, spend: SpendRecorded) -> None:
    """Free what was held for a spend that has been counted; the key is the campaign's."""
