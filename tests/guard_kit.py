"""What tests of the guard share: an account decided event by event, and what its platform would say."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from domain.account.decider import decide
from domain.decision import About, Row
from domain.draft import Draft
from domain.guard import control
from domain.guard.rows import GuardRow, guard_key
from domain.pacing.rows import AccountRow, CampaignRow, PlanRow, campaign_key, plan_key
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import (
    Action,
    AlertCleared,
    AlertKind,
    AlertRaised,
    BreakerMoved,
    CampaignMetered,
    CampaignObservation,
    CampaignsObserved,
    CampaignStatus,
    ClockTicked,
    CommandApplied,
    CommandSuperseded,
    EditObserved,
    Fact,
    PauseCampaign,
    PolicySet,
    PollCompleted,
    ResumeCampaign,
    SetBudget,
    SpendObservation,
    SpendObserved,
)

CLIENT, SUBJECT, CAMPAIGN = "acme", "acme/tiktok/1", "c1"
START_MS, HOUR_MS, DAY_MS, MINUTE_MS = 1_772_323_200_000, 3_600_000, 86_400_000, 60_000
BUDGET = 100_000_000

Command = PauseCampaign | ResumeCampaign | SetBudget


@dataclass
class Account:
    """One account's rows, decided event by event, beside a platform that does what it is told."""

    rows: dict[bytes, Row] = field(default_factory=dict)
    now_ms: int = START_MS
    commands: list[PauseCampaign | ResumeCampaign] = field(default_factory=list)
    budgets: list[SetBudget] = field(default_factory=list)
    edits: list[EditObserved] = field(default_factory=list)
    alerts: list[AlertRaised | AlertCleared] = field(default_factory=list)
    moves: list[BreakerMoved] = field(default_factory=list)

    def take(self, fact: Fact, subject: str = SUBJECT) -> list[Fact]:
        """Decide a fact and return what was published, which any reader must be able to read."""
        event = Event(Envelope("id", fact.TYPE, fact.VERSION, "/test", subject), fact)
        decision = decide(self.rows.get, event)
        for key, row in decision.changes.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        told: list[Fact] = []
        for said in decision.facts:
            about, one = (said.subject, said.fact) if isinstance(said, About) else (subject, said)
            assert about == (CLIENT if isinstance(one, CampaignMetered) else SUBJECT)
            again = Event(Envelope("id", one.TYPE, one.VERSION, "/test", about), one)
            assert decode(*encode(again)) == again
            told.append(one)
        self.commands += [one for one in told if isinstance(one, PauseCampaign | ResumeCampaign)]
        self.budgets += [one for one in told if isinstance(one, SetBudget)]
        self.edits += [one for one in told if isinstance(one, EditObserved)]
        self.alerts += [one for one in told if isinstance(one, AlertRaised | AlertCleared)]
        self.moves += [one for one in told if isinstance(one, BreakerMoved)]
        return told

    def tick(self, now_ms: int) -> list[Fact]:
        """Let the log's clock say a moment."""
        self.now_ms = max(self.now_ms, now_ms)
        return self.take(ClockTicked(now_ms), "clock")

    def spend(self, micros: int, hour: int = 0, *results: int) -> list[Fact]:
        """Report a total of the day that it is; of results first impressions, then clicks, conversions."""
        day, start_ms = day_of(self.now_ms)
        seen = SpendObservation(CAMPAIGN, hour, micros, *results)
        return self.take(SpendObserved("USD", day, start_ms, start_ms + DAY_MS, self.now_ms, (seen,)))

    def polled(self, lag_ms: int = 0) -> list[Fact]:
        """Report that the day was read to its end."""
        day, _ = day_of(self.now_ms)
        return self.take(PollCompleted("spend", day, self.now_ms, self.now_ms - lag_ms, 1, 1))

    def listed(self, status: CampaignStatus = "enabled", budget: int | None = BUDGET) -> list[Fact]:
        """Report the campaign as it stands."""
        seen = CampaignObservation(CAMPAIGN, "Summer", status, budget)
        return self.take(CampaignsObserved("USD", "UTC", self.now_ms, (seen,)))

    def applied(self, command: Command) -> list[Fact]:
        """Report that a command is in force."""
        return self.take(CommandApplied("id", CAMPAIGN, action_of(command), command.order, 1, self.now_ms))

    def superseded(self, command: Command, **more: object) -> list[Fact]:
        """Report that a command was left undone."""
        told = {"attempts": 0, "reason": "already-so", "found_status": None, "found_budget_micros": None}
        told |= more
        return self.take(
            CommandSuperseded(
                command_id="id",
                campaign=CAMPAIGN,
                action=action_of(command),
                order=command.order,
                at_ms=self.now_ms,
                **told,  # type: ignore[arg-type]  # the fields that a test is about
            )
        )

    @property
    def row(self) -> CampaignRow:
        """Return the campaign's row."""
        row = self.rows[campaign_key(SUBJECT, CAMPAIGN)]
        assert isinstance(row, CampaignRow)
        return row

    def raised(self, kind: AlertKind) -> list[str]:
        """Return what was told of one kind of alert, in order."""
        return [
            "raised" if isinstance(one, AlertRaised) else one.reason
            for one in self.alerts
            if one.kind == kind
        ]

    @property
    def guard(self) -> GuardRow:
        """Return the guard's row."""
        row = self.rows.get(guard_key(campaign_key(SUBJECT, CAMPAIGN)), GuardRow())
        assert isinstance(row, GuardRow)
        return row


def action_of(command: Command) -> Action:
    """Name what a command asks for."""
    if isinstance(command, SetBudget):
        return "set-budget"
    return "pause" if isinstance(command, PauseCampaign) else "resume"


def day_of(now_ms: int) -> tuple[str, int]:
    """Return the day at a moment and its start."""
    number = (now_ms - START_MS) // DAY_MS
    return f"2026-03-{number + 1:02d}", START_MS + number * DAY_MS


def running() -> Account:
    """Return an account whose campaign runs, at noon."""
    account = Account()
    account.tick(START_MS + 12 * HOUR_MS)
    account.listed()
    return account


def paused() -> Account:
    """Return an account whose campaign we have paused."""
    account = running()
    account.spend(120_000_000)
    account.applied(account.commands[-1])
    return account


def steered(target: int = BUDGET, *, hour: int = 8, policy: PolicySet | None = None) -> Account:
    """Return an account whose campaign has history enough for its budget to be stepped, on track so far."""
    account = Account()
    account.tick(START_MS)
    account.listed("enabled", target)
    if policy is not None:
        account.take(policy)
    account.tick(START_MS + HOUR_MS // 2)
    account.spend(target // 100)
    learn(account)
    for at in range(1, hour):
        account.tick(START_MS + at * HOUR_MS + HOUR_MS // 2)
        account.spend(target // 24, at)
    return account


def learn(account: Account) -> None:
    """Have the day planned, and say that the plan comes from a week of history."""
    account.tick(account.now_ms + MINUTE_MS)
    campaign = campaign_key(SUBJECT, CAMPAIGN)
    plan, known = account.rows[plan_key(campaign)], account.rows[SUBJECT.encode()]
    assert isinstance(plan, PlanRow)
    assert isinstance(known, AccountRow)
    account.rows[plan_key(campaign)] = replace(plan, history_days=7, confidence_permille=900)
    draft = Draft(account.rows.get)
    control.planned(draft, SUBJECT, CAMPAIGN, known)
    account.rows |= {key: row for key, row in draft.changes.items() if row is not None}
