"""Commands and attempts as tests of the executor want them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.executor import records
from connectors.executor.command import Command, Wish
from connectors.executor.options import ExecutorOptions
from events.envelope import Envelope
from events.types import PauseCampaign, ResumeCampaign, SetBudget

if TYPE_CHECKING:
    from connectors.ports import Campaign
    from events.types import CommandAttempted

NOT_AFTER_MS = 1_000_000
BUDGET, OTHER_BUDGET = 50_000_000, 60_000_000
OPTIONS = ExecutorOptions({}, "0")


def command(wish: Wish, offset: int = 0) -> Command:
    """Return a command as it would be read at an offset."""
    envelope = Envelope(
        f"account-facts.0.{offset}.0", wish.TYPE, wish.VERSION, "/headgate/account", "acme/tiktok/a1"
    )
    return Command(envelope, wish, "tiktok", "a1", 0, offset)


def stop(campaign: str = "c1", offset: int = 0) -> Command:
    """Return an emergency stop, which holds whatever the budget is."""
    wish = PauseCampaign(
        campaign=campaign,
        order=offset + 1,
        decided_ms=0,
        not_after_ms=10**12,
        reason="emergency-stop",
        day=None,
        spent_micros=0,
        budget_micros=None,
        limit_micros=None,
        currency="USD",
        stop_id="stop-1",
    )
    return command(wish, offset)


def pause(
    campaign: str = "c1", offset: int = 0, budget_micros: int = BUDGET, not_after_ms: int = NOT_AFTER_MS
) -> Command:
    """Return a pause."""
    wish = PauseCampaign(
        campaign=campaign,
        order=offset + 1,
        decided_ms=0,
        not_after_ms=not_after_ms,
        reason="over-budget",
        day="2026-11-20",
        spent_micros=budget_micros * 2,
        budget_micros=budget_micros,
        limit_micros=budget_micros,
        currency="USD",
    )
    return command(wish, offset)


def resume(campaign: str = "c1", offset: int = 0, not_after_ms: int = NOT_AFTER_MS) -> Command:
    """Return a resume."""
    wish = ResumeCampaign(
        campaign=campaign, order=offset + 1, decided_ms=0, not_after_ms=not_after_ms, reason="new-day"
    )
    return command(wish, offset)


def budget(
    campaign: str = "c1",
    offset: int = 0,
    from_micros: int = BUDGET,
    to_micros: int = OTHER_BUDGET,
    not_after_ms: int = NOT_AFTER_MS,
) -> Command:
    """Return another budget."""
    wish = SetBudget(
        campaign=campaign,
        order=offset + 1,
        decided_ms=0,
        not_after_ms=not_after_ms,
        from_micros=from_micros,
        to_micros=to_micros,
        currency="USD",
        reason="steering",
        target_micros=to_micros,
    )
    return command(wish, offset)


def attempted(of: Command, found: Campaign, number: int = 1, at_ms: int = 0) -> CommandAttempted:
    """Return an attempt of a command."""
    return records.attempt(of, number, found, at_ms)
