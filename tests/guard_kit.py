"""What tests of the guard share: an account decided event by event, and what its platform would say."""

from dataclasses import dataclass, field

from domain.account.decider import decide
from domain.decision import About, Row
from domain.guard.rows import GuardRow, guard_key
from domain.pacing.rows import campaign_key
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import (
    Action,
    CampaignObservation,
    CampaignsObserved,
    CampaignStatus,
    ClockTicked,
    CommandApplied,
    CommandSuperseded,
    EditObserved,
    Fact,
    PauseCampaign,
    ResumeCampaign,
    SpendObservation,
    SpendObserved,
)

SUBJECT, CAMPAIGN = "acme/tiktok/1", "c1"
START_MS, HOUR_MS, DAY_MS, MINUTE_MS = 1_772_323_200_000, 3_600_000, 86_400_000, 60_000
BUDGET = 100_000_000


@dataclass
class Account:
    """One account's rows, decided event by event, beside a platform that does what it is told."""

    rows: dict[bytes, Row] = field(default_factory=dict)
    now_ms: int = START_MS
    commands: list[PauseCampaign | ResumeCampaign] = field(default_factory=list)
    edits: list[EditObserved] = field(default_factory=list)

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
            assert about == SUBJECT
            again = Event(Envelope("id", one.TYPE, one.VERSION, "/test", about), one)
            assert decode(*encode(again)) == again
            told.append(one)
        self.commands += [one for one in told if isinstance(one, PauseCampaign | ResumeCampaign)]
        self.edits += [one for one in told if isinstance(one, EditObserved)]
        return told

    def tick(self, now_ms: int) -> list[Fact]:
        """Let the log's clock say a moment."""
        self.now_ms = max(self.now_ms, now_ms)
        return self.take(ClockTicked(now_ms), "clock")

    def spend(self, micros: int, hour: int = 0) -> list[Fact]:
        """Report a total of the day that it is."""
        day, start_ms = day_of(self.now_ms)
        page = SpendObserved(
            "USD", day, start_ms, start_ms + DAY_MS, self.now_ms, (SpendObservation(CAMPAIGN, hour, micros),)
        )
        return self.take(page)

    def listed(self, status: CampaignStatus = "enabled", budget: int | None = BUDGET) -> list[Fact]:
        """Report the campaign as it stands."""
        seen = CampaignObservation(CAMPAIGN, "Summer", status, budget)
        return self.take(CampaignsObserved("USD", "UTC", self.now_ms, (seen,)))

    def applied(self, command: PauseCampaign | ResumeCampaign) -> list[Fact]:
        """Report that a command is in force."""
        return self.take(CommandApplied("id", CAMPAIGN, action_of(command), command.order, 1, self.now_ms))

    def superseded(self, command: PauseCampaign | ResumeCampaign, **more: object) -> list[Fact]:
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
    def guard(self) -> GuardRow:
        """Return the guard's row."""
        row = self.rows.get(guard_key(campaign_key(SUBJECT, CAMPAIGN)), GuardRow())
        assert isinstance(row, GuardRow)
        return row


def action_of(command: PauseCampaign | ResumeCampaign) -> Action:
    """Name what a command asks for."""
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
