"""Headgate in the loop: the real decider of an account, fed with what its platform tells."""

from collections.abc import Callable, Sequence
from typing import Final

from events.types import (
    CampaignObservation,
    CampaignsObserved,
    CampaignStatus,
    ClockTicked,
    CommandApplied,
    CommandFailed,
    CommandSuperseded,
    Fact,
    PauseCampaign,
    PolicySet,
    PollCompleted,
    ResumeCampaign,
    SetBudget,
    SpendObservation,
    SpendObserved,
)
from proof.pacing.agent import CURRENCY, DAY_MS, FIRST_MS, HOUR_MS, Agent, day_name
from proof.pacing.market import Account
from proof.pacing.platform import Action, Hours, Result, Standing

SLOT_MS: Final = 300_000

Heard = Callable[[Fact], None]


class Headgate:
    """One account's agent, whose rows are all that it has."""

    def __init__(self, account: Account, policy: PolicySet | None = None, heard: Heard | None = None) -> None:
        self.account = account
        self.agent = Agent(f"proof/{account.profile.name}/1")
        self.names = [one.name for one in account.campaigns]
        self._places = {name: place for place, name in enumerate(self.names)}
        self._policy = policy
        self._heard = heard

    def tick(self, day: int, slot: int) -> list[Action]:
        """Let the log's clock say the time."""
        now_ms = FIRST_MS + day * DAY_MS + slot * SLOT_MS
        return self._take(ClockTicked(now_ms), "clock")

    def poll(self, day: int, slot: int, told: Sequence[Hours], listed: Sequence[Standing]) -> list[Action]:
        """Put what the platform tells on the log, as a poller does."""
        as_of_ms = FIRST_MS + day * DAY_MS + slot * SLOT_MS
        is_first = not self.agent.rows.get(self.agent.subject.encode())
        actions = self._take(self._listing(listed, as_of_ms))
        if is_first and self._policy is not None:
            actions += self._take(self._policy)
        for of_day in sorted({one.day for one in told}):
            page = self._page([one for one in told if one.day == of_day], of_day, as_of_ms)
            if page.observations:
                actions += self._take(page)
                actions += self._take(self._completed(of_day, as_of_ms, len(page.observations)))
        return actions

    def hear(self, day: int, slot: int, results: Sequence[Result]) -> list[Action]:
        """Tell what became of commands, as an executor does."""
        at_ms = FIRST_MS + day * DAY_MS + slot * SLOT_MS
        return [action for one in results for action in self._take(self._outcome(one, at_ms))]

    def _listing(self, listed: Sequence[Standing], as_of_ms: int) -> CampaignsObserved:
        seen = tuple(
            CampaignObservation(name, name, "enabled" if one.is_running else "paused", one.budget_micros)
            for name, one in zip(self.names, listed, strict=True)
        )
        return CampaignsObserved(CURRENCY, "UTC", as_of_ms, seen)

    def _page(self, told: Sequence[Hours], day: int, as_of_ms: int) -> SpendObserved:
        start_ms = FIRST_MS + day * DAY_MS
        observations = []
        for one in told:
            name = self.names[one.campaign]
            observations += [SpendObservation(name, *hour) for hour in one.hours]
        return SpendObserved(
            CURRENCY, day_name(day), start_ms, start_ms + DAY_MS, as_of_ms, tuple(observations)
        )

    def _completed(self, day: int, as_of_ms: int, rows: int) -> PollCompleted:
        lag_ms = int(self.account.profile.lag_hours * HOUR_MS)
        return PollCompleted("spend", day_name(day), as_of_ms, as_of_ms - lag_ms, 1, rows)

    def _outcome(self, result: Result, at_ms: int) -> Fact:
        action = result.action
        name, order, kind = self.names[action.campaign], action.order, action.kind
        if not result.refused:
            return CommandApplied("id", name, kind, order, 1, at_ms)
        if result.refused == "foreign-edit":
            status: CampaignStatus = "enabled" if result.is_running else "paused"
            return CommandSuperseded(
                "id", name, kind, order, 0, at_ms, "foreign-edit", status, result.budget_micros
            )
        return CommandFailed("id", name, kind, order, 1, at_ms, result.refused, "as the platform answered")

    def _take(self, fact: Fact, subject: str = "") -> list[Action]:
        actions = []
        for said in self.agent.take(fact, subject):
            if self._heard is not None:
                self._heard(said)
            action = self._action(said)
            if action is not None:
                actions.append(action)
        return actions

    def _action(self, fact: Fact) -> Action | None:
        match fact:
            case PauseCampaign():
                place, budget = self._places[fact.campaign], fact.budget_micros or 0
                return Action(place, "pause", budget, order=fact.order, reason=fact.reason)
            case ResumeCampaign():
                return Action(self._places[fact.campaign], "resume", order=fact.order, reason=fact.reason)
            case SetBudget():
                place = self._places[fact.campaign]
                return Action(place, "set-budget", fact.from_micros, fact.to_micros, fact.order, fact.reason)
            case _:
                return None
