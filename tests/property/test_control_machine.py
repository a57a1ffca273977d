from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from events.types import (
    AlertRaised,
    CampaignStatus,
    CommandFailed,
    PauseCampaign,
    PolicySet,
    ResumeCampaign,
    SetBudget,
    StopLifted,
    StopOrdered,
)
from tests.guard_kit import (
    BUDGET,
    CAMPAIGN,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    Account,
    Command,
    action_of,
)

POLICY = PolicySet(1, steer_history_days_min=0, steer_edits_a_day_max=4, alert_stopped_minutes=60)


class Controlled(RuleBasedStateMachine):
    """All that control does, beside a platform, a person and a clock that jumps, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.account = Account()
        self.status: CampaignStatus = "enabled"
        self.budget = BUDGET
        self.is_ours = False  # whether the pause in force is our doing
        self.settled = 0  # of the pauses and resumes
        self.settled_budgets = 0
        self.stops: list[str] = []
        self.ordered = 0

    @initialize(is_steered=st.booleans())
    def begin(self, *, is_steered: bool) -> None:
        """Let an account begin its day, with steering from the first, or without any."""
        self.account.tick(START_MS)
        self.account.listed()
        self.account.take(POLICY if is_steered else replace(POLICY, steer_edits_a_day_max=0))

    # ---- what comes from the platform
    @rule(minutes=st.integers(1, 400), micros=st.integers(0, BUDGET // 3))
    def spend_is_seen(self, minutes: int, micros: int) -> None:
        """Let time pass and a page come, with a total of the running hour."""
        self.account.tick(self.account.now_ms + minutes * MINUTE_MS)
        self.account.spend(micros, (self.account.now_ms - START_MS) % DAY_MS // HOUR_MS)
        self.account.polled()

    @rule(micros=st.integers(0, BUDGET))
    def an_hour_is_restated(self, micros: int) -> None:
        """Let the first hour's total shrink or grow."""
        self.account.spend(micros, 0)

    @rule(minutes=st.integers(3, 30))
    def campaigns_are_listed(self, minutes: int) -> None:
        """Let a list come, when the platform shows what is."""
        self.account.tick(self.account.now_ms + minutes * MINUTE_MS)
        self.account.listed(self.status, self.budget)

    @rule(hours=st.integers(1, 30))
    def time_jumps(self, hours: int) -> None:
        """Let the clock jump, with nothing else to be heard."""
        self.account.tick(self.account.now_ms + hours * HOUR_MS)

    # ---- people
    @precondition(lambda self: not self.open)
    @rule(status=st.sampled_from(["enabled", "paused"]))
    def a_person_switches(self, status: CampaignStatus) -> None:
        """Let a person pause or resume the campaign; who does both between two lists is seen by nobody."""
        if self.status != status:
            self.status, self.is_ours = status, False
            self.campaigns_are_listed(minutes=3)

    @rule(budget=st.sampled_from([1, BUDGET // 2, BUDGET * 3 // 2, 3 * BUDGET, 10**15]))
    def a_person_sets_a_budget(self, budget: int) -> None:
        """Let a person set another budget, at any minute of the day."""
        self.budget = budget

    @rule(is_all=st.booleans())
    def a_person_stops(self, *, is_all: bool) -> None:
        """Let a person stop the campaign, or all of the account."""
        self.ordered += 1
        stop = f"stop-{self.ordered}"
        self.stops.append(stop)
        where = None if is_all else CAMPAIGN
        ordered = StopOrdered(
            stop, "account" if is_all else "campaign", where, self.account.now_ms, "too much", "ann"
        )
        self.account.take(ordered)

    @precondition(lambda self: self.stops)
    @rule()
    def a_stop_is_lifted(self) -> None:
        """Let a person end the newest stop."""
        self.account.take(StopLifted(self.stops.pop(), self.account.now_ms, "done", "ann"))

    # ---- the executor
    @property
    def open(self) -> list[Command]:
        """Return the commands without an outcome, in the order of their orders."""
        waiting: list[Command] = [*self.account.commands[self.settled :]]
        waiting += self.account.budgets[self.settled_budgets :]
        return sorted(waiting, key=lambda one: one.order)

    @precondition(lambda self: self.open)
    @rule(fails=st.booleans())
    def the_executor_acts(self, *, fails: bool) -> None:
        """Let the executor do the first command as the platform allows, and say so."""
        command, account = self.open[0], self.account
        if isinstance(command, SetBudget):
            self.settled_budgets += 1
        else:
            self.settled += 1
        found = {"found_status": self.status, "found_budget_micros": self.budget}
        if fails:
            action = action_of(command)
            failed = CommandFailed("id", CAMPAIGN, action, command.order, 1, account.now_ms, "gave-up", "")
            account.take(failed)
        elif account.now_ms > command.not_after_ms:
            account.superseded(command, reason="expired")
        elif self.is_met(command):
            account.superseded(command, **found)
        elif self.decided_from(command) not in (None, self.budget):
            account.superseded(command, reason="foreign-edit", **found)
        else:
            self.bring_about(command)
            account.applied(command)

    def is_met(self, command: Command) -> bool:
        """Say whether the platform is as a command wants it."""
        if isinstance(command, SetBudget):
            return self.budget == command.to_micros
        return self.status == ("paused" if isinstance(command, PauseCampaign) else "enabled")

    def decided_from(self, command: Command) -> int | None:
        """Return the budget that a command was decided from."""
        if isinstance(command, SetBudget):
            return command.from_micros
        return command.budget_micros if isinstance(command, PauseCampaign) else None

    def bring_about(self, command: Command) -> None:
        """Let a command take effect."""
        if isinstance(command, SetBudget):
            self.budget = command.to_micros
        else:
            self.is_ours = isinstance(command, PauseCampaign)
            self.status = "paused" if self.is_ours else "enabled"

    # ---- what must hold whatever comes
    @invariant()
    def one_command_of_a_kind_is_on_its_way(self) -> None:
        """Orders count up by one over all kinds, and no two want to set the same."""
        orders = sorted(one.order for one in [*self.account.commands, *self.account.budgets])
        assert orders == list(range(1, len(orders) + 1))
        assert len(self.account.commands) - self.settled <= 1
        assert len(self.account.budgets) - self.settled_budgets <= 1

    @invariant()
    def nobody_elses_pause_is_lifted(self) -> None:
        """Let no resume be commanded but for a pause of ours."""
        for command in self.open:
            if isinstance(command, ResumeCampaign) and self.status == "paused":
                assert self.is_ours

    @invariant()
    def budgets_keep_their_bounds(self) -> None:
        """Keep budgets between floor and ceiling of their targets, with a few edits a day."""
        days = Counter((one.decided_ms - START_MS) // DAY_MS for one in self.account.budgets)
        assert all(edits <= POLICY.steer_edits_a_day_max for edits in days.values())
        for one in self.account.budgets:
            highest = max(one.target_micros * POLICY.steer_ceiling_permille // 1000, 20_000_000)
            assert 0 < one.to_micros <= highest
            assert one.to_micros * 1000 >= one.target_micros * POLICY.steer_floor_permille - 1_000_000_000

    @invariant()
    def a_person_is_left_alone(self) -> None:
        """Let nothing of an edit's kind be commanded for as long as was said, but by a person's stop."""
        for edit in self.account.edits:
            later = self.account.budgets if edit.what == "budget" else self.account.commands
            for one in later:
                if edit.as_of_ms < one.decided_ms < edit.keeps_off_until_ms:
                    assert one.reason in ("emergency-stop", "stop-lifted")

    @invariant()
    def a_breaker_never_closes_untried(self) -> None:
        """Let it go from open to half open, each move beginning where the last one ended."""
        state = "closed"
        for move in self.account.moves:
            assert move.previous == state
            assert (move.previous, move.state) not in {("open", "closed"), ("closed", "half_open")}
            state = move.state

    @invariant()
    def an_alert_is_told_once_an_episode(self) -> None:
        """Let raised and cleared alternate for each kind, and episodes count up by one."""
        open_now: dict[tuple[str, str | None], int] = {}
        episodes: Counter[tuple[str, str | None]] = Counter()
        for one in self.account.alerts:
            about = (one.kind, one.campaign)
            if isinstance(one, AlertRaised):
                assert about not in open_now
                episodes[about] += 1
                assert one.episode == episodes[about]
                open_now[about] = one.at_ms
            else:
                assert one.raised_ms == open_now.pop(about)
                assert one.episode == episodes[about]

    def teardown(self) -> None:
        """Two quiet days after the last stop nothing of ours stands still."""
        while self.stops:
            self.a_stop_is_lifted()
        for _ in range(60):
            for _ in range(len(self.open)):
                self.the_executor_acts(fails=False)
            self.account.tick(self.account.now_ms + HOUR_MS)
        assert not (self.status == "paused" and self.is_ours)


TestControlled = Controlled.TestCase
TestControlled.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
