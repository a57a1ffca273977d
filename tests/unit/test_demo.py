from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from events.codec import Event
from events.envelope import Envelope
from events.types import (
    Action,
    CampaignObservation,
    CampaignPlan,
    CampaignsObserved,
    CampaignStatus,
    CommandApplied,
    CommandSuperseded,
    EditObserved,
    Fact,
    PlanSet,
    PollCompleted,
    PollFailed,
    PollTrouble,
    ResumeCampaign,
    SetBudget,
    SpendObservation,
    SpendObserved,
    SpendRestated,
)
from headgate.demo import proof, story
from headgate.demo.follow import Told
from headgate.demo.plot import Plot
from headgate.demo.story import Story
from headgate.demo.world import Write
from streams.replay import Compared, Replayed
from tests.demo_kit import (
    BERLIN,
    COMMAND,
    DAY,
    DAY_MS,
    HOUR_MS,
    MIDNIGHT_MS,
    NOON_MS,
    OTHER,
    POT,
    UNIT,
    found,
    funded,
    landed,
    money,
    moved,
    order,
    pause,
    plan,
    purse,
    raised,
    write,
)

if TYPE_CHECKING:
    from headgate.demo.view import Line


class Log:
    """A log that a story is told of."""

    def __init__(self) -> None:
        self.now_ms = NOON_MS
        self.shown: list[Line] = []
        self.story = Story(lambda: self.now_ms, self.shown.append)
        self._ends: dict[str, int] = {}

    def add(self, fact: Fact, *, id: str = "", wall_ms: int = 0, topic: str = "account-facts") -> None:  # noqa: A002 - the envelope's word
        """Append a record."""
        offset = self._ends.get(topic, 0)
        self._ends[topic] = offset + 1
        envelope = Envelope(id or f"{topic}.{offset}", fact.TYPE, fact.VERSION, "test", BERLIN)
        self.story.take(Told(topic, 0, offset, wall_ms, Event(envelope, fact)))

    @property
    def said(self) -> list[str]:
        """What was told."""
        return [line.text for line in self.story.lines]


def listing(status: CampaignStatus = "enabled", as_of_ms: int = NOON_MS) -> CampaignsObserved:
    """Return a page with one campaign."""
    seen = CampaignObservation("c1", "Boots", status, 100 * UNIT)
    return CampaignsObserved("EUR", "Europe/Berlin", as_of_ms, (seen,))


def page(micros: int, as_of_ms: int = NOON_MS, hour: int = 0) -> SpendObserved:
    """Return a page with one cell."""
    cells = (SpendObservation("c1", hour, micros),)
    return SpendObserved("EUR", DAY, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS, as_of_ms, cells)


def applied(action: Action = "pause", order: int = 1) -> CommandApplied:
    """Return that a command was done."""
    return CommandApplied(COMMAND, "c1", action, order, 1, NOON_MS)


@pytest.fixture
def log() -> Log:
    """Give a log whose account is known, with a plan."""
    log = Log()
    log.add(listing())
    log.add(page(10 * UNIT), wall_ms=1_000)
    even = CampaignPlan("c1", 96 * UNIT, "EVEN", (4 * UNIT,) * 24)
    log.add(PlanSet(DAY, MIDNIGHT_MS, MIDNIGHT_MS + DAY_MS, MIDNIGHT_MS, (even,)), topic="account-decisions")
    return log


def test_an_account_is_what_the_log_says(log: Log) -> None:
    """The newest total of each hour counts, and the plan says what should have been spent by then."""
    log.add(page(9 * UNIT, NOON_MS - 1))
    log.add(page(3 * UNIT, hour=1))
    account = log.story.seen.account(BERLIN)
    assert account.spent_micros[DAY] == 13 * UNIT
    assert account.budget_micros() == 96 * UNIT
    assert account.expected_micros() == 13 * 4 * UNIT
    assert (account.count("enabled"), account.held()) == (1, 0)


def test_a_pause_is_told_with_its_reaction_from_page_to_platform(log: Log) -> None:
    """The page lay at offset 1, the command names it, and the moments are those of the records."""
    log.add(pause(), id=COMMAND, wall_ms=1_020, topic="platform-commands")
    assert log.story.orders.open()
    log.add(applied(), wall_ms=1_400)
    assert "Boots has cost 112 of 100 EUR: paused 0.40 s later" in log.said
    (order,) = log.story.orders.by_id.values()
    assert (order.to_decide_ms, order.to_apply_ms) == (20, 380)
    assert log.story.seen.account(BERLIN).held() == 1


def test_an_outcome_that_is_read_before_its_command_finds_it(log: Log) -> None:
    """Topics are followed side by side."""
    log.add(applied(), wall_ms=1_400)
    log.add(pause(), id=COMMAND, wall_ms=1_020, topic="platform-commands")
    (order,) = log.story.orders.by_id.values()
    assert (order.outcome, order.done_ms) == ("applied", 1_400)
    assert not log.story.orders.open()


def test_a_resume_and_a_command_left_undone_are_told(log: Log) -> None:
    """Several campaigns of a midnight are one line that grows."""
    command = ResumeCampaign("c1", 2, NOON_MS, NOON_MS + DAY_MS, "new-day")
    for number in (1, 2):
        log.add(command, id=f"account-facts.0.{number}.0", topic="platform-commands")
        done = CommandApplied(f"account-facts.0.{number}.0", "c1", "resume", 2, 1, NOON_MS)
        log.add(done)
    assert log.said[-1] == "A new day for acme Berlin: 2 campaigns run again"
    assert "A new day for acme Berlin: Boots runs again" not in log.said
    log.add(pause(3), id="account-facts.0.9.0", topic="platform-commands")
    undone = CommandSuperseded(
        "account-facts.0.9.0", "c1", "pause", 3, 0, NOON_MS, "foreign-edit", "enabled", 1
    )
    log.add(undone)
    assert log.said[-1] == "pause of Boots left undone: a person has changed it"


def test_trouble_of_a_platform_is_told_once_and_so_is_its_end(log: Log) -> None:
    """What passes by itself is no news."""

    def failed(reason: PollTrouble) -> PollFailed:
        return PollFailed("spend", DAY, NOON_MS, reason, "", NOON_MS + HOUR_MS, None)

    good = PollCompleted("spend", DAY, NOON_MS, NOON_MS - 5, 1, 1)
    before = len(log.said)
    log.add(failed("transient"))
    log.add(good)
    assert len(log.said) == before
    log.add(failed("rate-limited"))
    log.add(failed("rate-limited"))
    log.add(good)
    assert log.said[before:] == [
        "acme Berlin cannot be read: rate-limited; again at 13:00",
        "acme Berlin is read again; what was missed is there",
    ]
    assert log.story.complete_ms[BERLIN, DAY] == NOON_MS - 5


def test_a_restatement_is_told_when_all_of_it_is_there(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hours are many facts; what was never heard before takes nothing back."""
    for before, after in ((0, 50), (40, 30), (40, 20)):
        restated = SpendRestated("c1", "2025-11-20", 0, before * UNIT, after * UNIT, NOON_MS)
        log.add(restated, topic="account-decisions")
    said = len(log.said)
    log.story.settle()
    assert len(log.said) == said
    monkeypatch.setattr(story, "QUIET_MS", -1)
    log.story.settle()
    assert log.said[-1] == "acme Berlin restates Thursday: -30 EUR"
    assert log.story.restated[BERLIN, "2025-11-20"] == -30 * UNIT


def test_an_edit_of_a_person_frees_the_campaign(log: Log) -> None:
    """The view no longer counts it as ours, and says until when we keep off."""
    log.add(pause(), id=COMMAND, topic="platform-commands")
    log.add(applied())
    edit = EditObserved("c1", "status", "paused", "enabled", None, None, NOON_MS, MIDNIGHT_MS + DAY_MS)
    log.add(edit, topic="account-decisions")
    assert log.said[-1] == "Boots: a person runs it; we keep off until 00:00 Berlin"
    assert log.story.seen.account(BERLIN).held() == 0


def test_what_a_person_orders_and_what_a_breaker_does_are_told(log: Log) -> None:
    """A stop, a trial, a step of a budget, and a breaker's moves, each in a sentence."""
    log.story.watched.add((BERLIN, "c1"))
    stopped = replace(pause(), reason="emergency-stop", stop_id="s-1")
    log.add(stopped, id=COMMAND, wall_ms=1_000, topic="platform-commands")
    log.add(applied(), wall_ms=1_400)
    assert log.said[-1] == "Boots stands still 0.40 s after the order"
    for number, command in enumerate(
        (
            ResumeCampaign("c1", 2, NOON_MS, NOON_MS + DAY_MS, "breaker-probe"),
            SetBudget("c1", 3, NOON_MS, NOON_MS + DAY_MS, 9 * UNIT, 8 * UNIT, "EUR", "steering", 9 * UNIT),
        )
    ):
        log.add(command, id=f"account-facts.0.{number + 2}.0", topic="platform-commands")
        action: Action = "resume" if number == 0 else "set-budget"
        log.add(CommandApplied(f"account-facts.0.{number + 2}.0", "c1", action, number + 2, 1, NOON_MS))
    assert log.said[-2:] == [
        "Boots runs again: on trial",
        "Boots: its budget is stepped from 9 to 8 EUR, towards its plan",
    ]
    log.add(moved("closed", "open"), topic="account-decisions")
    assert log.said[-1] == "Boots: its breaker opens, as an hour cost far more than planned"
    assert log.story.breakers[BERLIN, "c1"] == ["open"]
    log.add(raised(), topic="account-decisions")
    assert (log.story.alerts, len(log.story.loud)) == (1, 2)


def test_what_happens_to_many_is_one_line_that_grows(log: Log) -> None:
    """But for those that a scene is about."""
    before = len(log.said)
    for _ in range(3):
        log.add(moved("closed", "open"), topic="account-decisions")
    assert log.said[before:] == ["3 breakers have opened in acme Berlin, the last Boots's"]


def test_plans_with_history_are_told_once_an_account_and_day(log: Log) -> None:
    """Those that know nothing yet are no news."""
    before = len(log.said)
    log.add(plan(), topic="account-decisions")
    assert len(log.said) == before
    known = replace(plan().plans[0], confidence_permille=815, history_days=7)
    for _ in range(2):
        log.add(replace(plan(), plans=(known,)), topic="account-decisions")
    assert log.said[before:] == ["acme Berlin: 1 campaign planned from 7 days of history, 81 % sure"]


class Stub:
    """A world that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def now_ms(self) -> int:
        """Stand still."""
        return NOON_MS

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Note any other call."""
        return lambda *_, **__: self.done.append(name)


def test_the_plot_goes_on_when_what_it_waits_for_has_come(log: Log) -> None:
    """A runaway is paused, and resumed after its midnight; until then its scene stays open."""
    world: Any = Stub()
    plot = Plot(log.story, world, world, world, seed=1)
    plot.begin(NOON_MS, NOON_MS + DAY_MS)
    plot.step(NOON_MS + DAY_MS * 30 // 1_000)
    assert world.done == ["runaway"]
    assert "runaway" in plot.open
    log.add(pause(), id=COMMAND, topic="platform-commands")
    log.add(applied())
    plot.step(NOON_MS + DAY_MS * 30 // 1_000)
    assert "runaway" in plot.open
    command = ResumeCampaign("c1", 2, NOON_MS, NOON_MS + DAY_MS, "new-day")
    log.add(command, id="account-facts.0.5.0", topic="platform-commands")
    log.add(CommandApplied("account-facts.0.5.0", "c1", "resume", 2, 1, NOON_MS))
    plot.step(NOON_MS + DAY_MS * 30 // 1_000)
    assert plot.done == ["runaway"]
    assert world.done == ["runaway", "runaway"]


# ---- the proof


def broken(changes: dict[str, Any]) -> list[str]:
    """Return which invariants do not hold."""
    return [check.name for check in proof.judge(found(changes)) if not check.ok]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"decided": OTHER}, ["spend_decided"]),
        ({"projected": OTHER}, ["spend_projected"]),
        ({"reported": {}, "decided": {}, "projected": {}}, ["spend_decided", "spend_projected"]),
        ({"orders": [order(1), order(2, "resume", outcomes=2)]}, ["commands_decided"]),
        (
            {"orders": [order(1), order(2, "resume"), order(3, outcome=None, outcomes=0)]},
            ["commands_decided"],
        ),
        ({"writes": [write("paused"), write("paused"), write("enabled")]}, ["commands_applied_once"]),
        ({"writes": [write("paused")]}, ["commands_applied_once"]),
        ({"writes": [write("enabled"), write("paused")]}, ["commands_applied_once", "edits_respected"]),
        ({"parked": ["account-facts: not-json"]}, ["dead_letters_empty"]),
        ({"replayed": Replayed(state=Compared(expected=3, different=1))}, ["state_as_replayed"]),
        ({"replayed": Replayed(outputs=Compared(expected=3, missing=1))}, ["outputs_as_replayed"]),
        ({"replayed": Replayed(outputs=Compared(expected=3, repeated=1))}, ["outputs_once"]),
        ({"treasury": Replayed(state=Compared(expected=3, missing=1))}, ["treasury_as_replayed"]),
        ({"treasury": Replayed(outputs=Compared(expected=3, repeated=1))}, ["treasury_as_replayed"]),
        ({"money": money(chain={POT: 1})}, ["money_agrees"]),
        ({"money": money(ledger={})}, ["money_agrees"]),
        ({"money": money(facts={POT: 5 * UNIT, "cd" * 32: 1})}, ["money_agrees"]),
        ({"money": money(purse=purse(funded()))}, ["movements_once"]),
        ({"money": money(purse=purse(funded(), landed(), landed()))}, ["movements_once"]),
        ({"money": money(pending=1)}, ["ledger_proved"]),
        ({"money": money(unproved=("acme/launch does not agree",))}, ["ledger_proved"]),
    ],
)
def test_each_invariant_turns_red_by_itself(changes: dict[str, Any], wrong: list[str]) -> None:
    """A proof that cannot fail proves nothing."""
    assert broken(changes) == wrong


@pytest.mark.parametrize(
    ("writes", "respected"),
    [
        ([write("paused"), write("enabled", "person"), write("paused", at_ms=NOON_MS + HOUR_MS)], False),
        ([write("paused"), write("enabled", "person"), write("paused", at_ms=NOON_MS + DAY_MS)], True),
        ([write("paused", "person"), write("enabled", at_ms=NOON_MS + DAY_MS)], False),
    ],
)
def test_an_edit_is_overwritten_only_where_we_wrote_against_it(writes: list[Write], respected: bool) -> None:  # noqa: FBT001 - a parameter of cases
    """On the account's next day the guard is free again, but never resumes what it did not pause."""
    checks = {check.name: check.ok for check in proof.judge(found({"writes": writes}))}
    assert checks["edits_respected"] is respected


def test_a_run_whose_trouble_did_not_end_is_not_proven() -> None:
    """A demo that showed nothing must not pass."""
    good = proof.judge_run(open_scenes=[], scenes=10, kills=5, late=[])
    assert all(check.ok for check in good)
    bad = proof.judge_run(open_scenes=["runaway"], scenes=9, kills=5, late=["executor"])
    assert [check.told for check in bad] == ["did not come to its end: runaway", "did not end: executor"]
