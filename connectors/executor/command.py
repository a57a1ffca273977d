"""A command as the executor holds it: what it wants, of which campaign, and where it stands in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from msgspec import Struct

from events.codec import decode
from events.errors import Unreadable
from events.types import Action, PauseCampaign, ResumeCampaign, SetBudget

if TYPE_CHECKING:
    from connectors.ports import Campaign
    from events.codec import Event
    from events.envelope import Envelope, Headers

Wish = PauseCampaign | ResumeCampaign | SetBudget

SUBJECT_PARTS: Final = 3  # client/platform/account
_ACTIONS: Final[dict[type[Wish], Action]] = {
    PauseCampaign: "pause",
    ResumeCampaign: "resume",
    SetBudget: "set-budget",
}


class Command(Struct, frozen=True):
    """One command, and the place in ``platform-commands`` that says whether it is done."""

    envelope: Envelope
    wish: Wish
    platform: str
    account: str
    partition: int
    offset: int

    @property
    def id(self) -> str:
        """The id by which attempts and outcomes refer to it."""
        return self.envelope.id

    @property
    def key(self) -> bytes:
        """The key of all records about its account."""
        return self.envelope.subject.encode()

    @property
    def action(self) -> Action:
        """What is to be done."""
        return _ACTIONS[type(self.wish)]

    @property
    def wanted_micros(self) -> int:
        """The budget that it sets; only commands for budgets have one."""
        if not isinstance(self.wish, SetBudget):
            raise TypeError(f"{self.action} sets no budget")
        return self.wish.to_micros

    def is_met_by(self, campaign: Campaign) -> bool:
        """Say whether a campaign is as this command wants it."""
        match self.wish:
            case PauseCampaign():
                return campaign.status == "paused"
            case ResumeCampaign():
                return campaign.status == "enabled"
            case SetBudget(to_micros=wanted):
                return campaign.daily_budget_micros == wanted
            case _ as never:
                assert_never(never)

    @property
    def sets(self) -> tuple[str, bool]:
        """What it sets, a campaign's budget or its status; of two commands for the same the newer holds."""
        return self.wish.campaign, isinstance(self.wish, SetBudget)


def read(headers: Headers | None, body: bytes | None, partition: int, offset: int) -> Command:
    """Read a record of ``platform-commands``; raise `Unreadable` and nothing else."""
    event: Event = decode(headers, body)
    if not isinstance(event.data, Wish):
        raise Unreadable("unknown-type", f"{event.envelope.type} is no command to a platform")
    parts = event.envelope.subject.split("/")
    if len(parts) != SUBJECT_PARTS or not all(parts):
        raise Unreadable(
            "invalid-envelope", f"ce_subject is {event.envelope.subject!r}, not client/platform/account"
        )
    return Command(event.envelope, event.data, parts[1], parts[2], partition, offset)
