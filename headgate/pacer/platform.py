"""The platform that the library plays to its own guard: it does at once what it is told, and says so."""

from dataclasses import dataclass, field

from events.types import (
    Action,
    CampaignStatus,
    CommandApplied,
    Fact,
    PauseCampaign,
    ResumeCampaign,
    SetBudget,
)

Place = tuple[str, str]
"""A subject and a campaign."""


@dataclass(slots=True)
class Platform:
    """How the campaigns stand that the caller spends for; nobody but the guard changes them."""

    statuses: dict[Place, CampaignStatus] = field(default_factory=dict)
    budgets: dict[Place, int] = field(default_factory=dict)

    def obey(self, subject: str, fact: Fact, at_ms: int) -> CommandApplied | None:
        """Do what a command asks for and return that it is done; other facts ask for nothing."""
        match fact:
            case PauseCampaign():
                self.statuses[subject, fact.campaign] = "paused"
                return _applied(fact, "pause", at_ms)
            case ResumeCampaign():
                self.statuses[subject, fact.campaign] = "enabled"
                return _applied(fact, "resume", at_ms)
            case SetBudget():
                self.budgets[subject, fact.campaign] = fact.to_micros
                return _applied(fact, "set-budget", at_ms)
            case _:
                return None


def _applied(
    command: PauseCampaign | ResumeCampaign | SetBudget, action: Action, at_ms: int
) -> CommandApplied:
    return CommandApplied(
        command_id=f"{command.campaign}.{command.order}"[-128:],
        campaign=command.campaign,
        action=action,
        order=command.order,
        attempts=1,
        at_ms=at_ms,
    )
