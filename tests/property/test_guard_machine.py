from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from events.types import (
    CampaignStatus,
    CommandFailed,
    PauseCampaign,
    ResumeCampaign,
)
from tests.guard_kit import BUDGET, CAMPAIGN, HOUR_MS, MINUTE_MS, action_of, running


class Guarded(RuleBasedStateMachine):
    """Pages, lists, ticks, outcomes and people in any order, against what must hold whatever comes."""

    def __init__(self) -> None:
        super().__init__()
        self.account = running()
        self.platform: CampaignStatus = "enabled"
        self.settled = 0  # commands that have their outcome
        self.is_ours = False  # whether the pause in force is our doing

    @property
    def open(self) -> PauseCampaign | ResumeCampaign | None:
        """Return the command without an outcome."""
        commands = self.account.commands
        return commands[-1] if len(commands) > self.settled else None

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        """Let the clock tick, once or after hours."""
        self.account.tick(self.account.now_ms + minutes * MINUTE_MS)

    @rule(micros=st.integers(0, 2 * BUDGET))
    def spend_is_seen(self, micros: int) -> None:
        """Let a page come."""
        self.account.spend(micros)

    @rule(minutes=st.integers(3, 30))
    def campaigns_are_listed(self, minutes: int) -> None:
        """Let a list come, when the platform shows what is."""
        self.account.tick(self.account.now_ms + minutes * MINUTE_MS)
        self.account.listed(self.platform)

    @precondition(lambda self: self.open is None)
    @rule(status=st.sampled_from(["enabled", "paused"]))
    def a_person_decides(self, status: CampaignStatus) -> None:
        """Let a person pause or resume the campaign."""
        if self.platform != status:
            self.platform, self.is_ours = status, False

    @precondition(lambda self: self.open is not None)
    @rule(fails=st.booleans())
    def the_executor_acts(self, *, fails: bool) -> None:
        """Let the executor do as the platform allows, and say so."""
        command = self.open
        assert command is not None
        self.settled += 1
        wanted: CampaignStatus = "paused" if isinstance(command, PauseCampaign) else "enabled"
        if fails:
            now_ms, action = self.account.now_ms, action_of(command)
            self.account.take(CommandFailed("id", CAMPAIGN, action, command.order, 1, now_ms, "gave-up", ""))
        elif self.account.now_ms > command.not_after_ms:
            self.account.superseded(command, reason="expired")
        elif self.platform == wanted:
            self.account.superseded(command, found_status=wanted, found_budget_micros=BUDGET)
        else:
            self.platform, self.is_ours = wanted, wanted == "paused"
            self.account.applied(command)

    @rule()
    def an_old_outcome_comes_again(self) -> None:
        """Repeat what was said before: it must change nothing."""
        for command in self.account.commands[: self.settled]:
            before = dict(self.account.rows)
            self.account.applied(command)
            if command.order < self.account.guard.order or self.open is None:
                assert self.account.rows == before

    @invariant()
    def one_command_at_a_time(self) -> None:
        """Orders count up by one, and no two commands are on their way."""
        orders = [command.order for command in self.account.commands]
        assert orders == list(range(1, len(orders) + 1))
        assert len(orders) - self.settled <= 1

    @invariant()
    def a_resume_answers_a_pause_of_ours(self) -> None:
        """Nobody else's pause is ever lifted."""
        command = self.open
        if isinstance(command, ResumeCampaign) and self.platform == "paused":
            assert self.is_ours

    def teardown(self) -> None:
        """Two quiet days later nothing of ours stands still."""
        for _ in range(60):
            if self.open is not None:
                self.the_executor_acts(fails=False)
            self.account.tick(self.account.now_ms + HOUR_MS)
        assert not (self.platform == "paused" and self.is_ours)


TestGuarded = Guarded.TestCase
TestGuarded.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
