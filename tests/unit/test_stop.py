import io
from typing import get_args

import pytest
from rich.console import Console

from domain.guard.rows import (
    FREE,
    PAUSED,
    PAUSING,
    RESUMING,
    GuardRow,
    StopRow,
    account_stop_key,
    guard_key,
    stop_key,
)
from domain.pacing.rows import AccountRow, CampaignRow, PlanRow, campaign_key, day_key, plan_key
from events.codec import decode, encode
from events.types import CommandApplied, CommandFailed, CommandSuperseded, StopOrdered
from headgate.app import run
from headgate.stopping import orders, view
from headgate.stopping.picture import Picture
from headgate.stopping.results import Came, Order, Outcome, Result, results
from headgate.stopping.targets import everything, find_target
from infra.errors import FixInput

ACME, OTHER, BOREALIS = "acme/tiktok/7001", "acme/tiktok/7002", "borealis/tiktok/7003"
AT_MS = 1_795_262_400_000
PLACE = (ACME, "c1")


def picture(**guards: GuardRow) -> Picture:
    """Return how three accounts stand, with the guard's rows of some campaigns of the first."""
    known = Picture()
    for subject, campaigns in ((ACME, ("c1", "c2")), (OTHER, ("c3",)), (BOREALIS, ("c1", "acme"))):
        known.take(subject.encode(), AccountRow("USD"))
        for campaign in campaigns:
            known.take(campaign_key(subject, campaign), CampaignRow())
    for campaign, guard in guards.items():
        known.take(guard_key(campaign_key(ACME, campaign)), guard)
    return known


def test_other_rows_of_the_table_are_none_of_our_business() -> None:
    """Days, plans and the agent's own notes lie between; a deletion of what was not known is nothing."""
    known = picture()
    before = len(known.campaigns)
    plan = PlanRow(day="2026-11-21", strategy="EVEN", totals=b"")
    for key in (
        plan_key(campaign_key(ACME, "c9")),
        day_key(campaign_key(ACME, "c9"), "2026-11-21"),
        b"\0agenda",
    ):
        known.take(key, plan)
        known.take(key, None)
    known.take(stop_key(campaign_key(ACME, "c9")), None)
    assert (len(known.campaigns), known.stops) == (before, {})


@pytest.mark.parametrize(
    ("wanted", "scope", "subjects", "campaign"),
    [
        ("acme", "client", (ACME, OTHER), None),
        (ACME, "account", (ACME,), None),
        ("7003", "account", (BOREALIS,), None),
        ("c3", "campaign", (OTHER,), "c3"),
        (f"{BOREALIS}/c1", "campaign", (BOREALIS,), "c1"),
    ],
)
def test_a_name_is_a_client_an_account_or_a_campaign(
    wanted: str, scope: str, subjects: tuple[str, ...], campaign: str | None
) -> None:
    """The widest that is called exactly so; of accounts a part will do that only one has."""
    target = find_target(picture(), wanted)
    assert (target.scope, target.subjects, target.campaign) == (scope, subjects, campaign)


@pytest.mark.parametrize(
    ("wanted", "told"), [("c1", "2 accounts and"), ("700", "3 accounts"), ("zzz", "is called zzz")]
)
def test_a_name_that_is_unclear_stops_nothing(wanted: str, told: str) -> None:
    """It says what could be meant."""
    with pytest.raises(FixInput) as unclear:
        find_target(picture(), wanted)
    assert told in unclear.value.what
    assert "acme/tiktok/7001" in unclear.value.next_step


def test_everything_is_all_that_was_seen() -> None:
    """And where nothing was, that is said."""
    assert everything(picture()).subjects == (ACME, OTHER, BOREALIS)
    with pytest.raises(FixInput):
        everything(Picture())


def test_an_order_is_a_fact_for_each_account_under_ids_that_stay() -> None:
    """The log takes them; the same order again is the same facts."""
    target = find_target(picture(), "acme")
    order, events = orders.stop(target, AT_MS, "why", "ada")
    assert orders.stop(target, AT_MS, "why", "ada") == (order, events)
    assert order.stop_id.startswith("20261121-120000-")
    assert [decode(*encode(event)).envelope.subject for event in events] == [ACME, OTHER]
    assert len({event.envelope.id for event in events}) == 2
    assert events[0].data == StopOrdered(order.stop_id, "client", None, AT_MS, "why", "ada")


@pytest.mark.parametrize(
    ("reason", "by"), [("", "ada"), ("  ", "ada"), ("x" * 501, "ada"), ("a\0", "ada"), ("why", "")]
)
def test_a_stop_has_a_reason_and_somebody_who_ordered_it(reason: str, by: str) -> None:
    """Within what the log takes."""
    with pytest.raises(FixInput):
        orders.check(reason, by)


def test_a_stop_is_lifted_where_it_is_in_force_and_nowhere_else() -> None:
    """Each account hears of it once, whatever it holds there."""
    known = picture()
    known.take(account_stop_key(ACME), StopRow(("s1", "s2")))
    known.take(stop_key(campaign_key(OTHER, "c3")), StopRow(("s1",)))
    order, events = orders.lift(known, "s1", AT_MS, "mended", "ada")
    assert order.places == ((ACME, None), (OTHER, "c3"))
    assert [event.envelope.subject for event in events] == [ACME, OTHER]
    with pytest.raises(FixInput, match="No stop s3"):
        orders.lift(known, "s3", AT_MS, "mended", "ada")


def outcome(kind: type[Outcome], *more: object) -> Outcome:
    """Return how the second command of the campaign ended."""
    return kind("id", "c1", "pause", 2, 1, AT_MS + 400, *more)  # type: ignore[arg-type] # as the case has it


APPLIED = outcome(CommandApplied)
FAILED = outcome(CommandFailed, "forbidden", "not allowed")
LEFT = outcome(CommandSuperseded, "foreign-edit", "enabled", None)


@pytest.mark.parametrize(
    ("guard", "outcome", "came", "ms"),
    [
        (GuardRow(state=PAUSED, acting=2), APPLIED, "stopped", 400),
        (GuardRow(state=PAUSED, acting=1), None, "stopped", None),
        (GuardRow(state=FREE, status="paused"), None, "stood-still", None),
        (GuardRow(state=FREE, status="removed"), None, "stood-still", None),
        (GuardRow(state=PAUSING, acting=2), None, "under-way", None),
        (GuardRow(state=RESUMING, acting=2), None, "under-way", None),
        (GuardRow(state=FREE, acting=2), FAILED, "refused", None),
        (GuardRow(state=FREE, acting=2), LEFT, "refused", None),
        (GuardRow(state=FREE, acting=2), None, "under-way", None),
        (None, None, "under-way", None),
    ],
)
def test_what_came_of_a_stop_is_said_by_how_the_campaign_stands(
    guard: GuardRow | None, outcome: Outcome | None, came: Came, ms: int | None
) -> None:
    """A campaign counts as stopped only when it stands; what nobody knows is not claimed."""
    known = picture(**({} if guard is None else {"c1": guard}))
    known.take(stop_key(campaign_key(*PLACE)), StopRow(("s1",)))
    order = Order("stop", "s1", AT_MS, ((ACME, "c1"),))
    (found,) = results(known, order, {} if outcome is None else {(PLACE, 2): outcome})
    assert (found.came, found.ms) == (came, ms)
    assert found.is_done == (came in {"stopped", "stood-still"})


@pytest.mark.parametrize(
    ("guard", "came"),
    [
        (GuardRow(state=FREE), "runs"),
        (GuardRow(state=RESUMING), "under-way"),
        (GuardRow(state=PAUSED, reason="over-budget"), "stays-paused"),
        (GuardRow(state=FREE, status="paused"), "stays-paused"),
    ],
)
def test_what_came_of_a_lift_is_said_likewise(guard: GuardRow, came: Came) -> None:
    """What stays paused has another reason, and that is no failure."""
    order = Order("lift", "s1", AT_MS, ((ACME, "c1"),))
    (found,) = results(picture(c1=guard), order, {})
    assert found.came == came


def test_what_nobody_has_heard_of_is_not_called_done() -> None:
    """Though the campaign may stand still for another reason."""
    known = picture(c1=GuardRow(state=PAUSED))
    found = results(known, Order("stop", "s1", AT_MS, ((ACME, None),)), {})
    assert [one.came for one in found] == ["unheard", "unheard"]


def test_results_are_drawn_with_those_first_that_need_somebody() -> None:
    """Of many only as many as anybody reads, and the count of all."""
    found = [Result(ACME, f"c{number}", "stopped", "", 400) for number in range(100)]
    found += [
        Result(ACME, "z", "refused", "forbidden: no"),
        *(Result(ACME, came, came) for came in get_args(Came)),
    ]
    file = io.StringIO()
    Console(file=file, width=120).print(view.drawn(found))
    lines = file.getvalue().splitlines()
    assert "refused" in "\n".join(lines[1:6])
    assert "and 68 more" in lines[-1]
    assert "stands still in 0.40 s" in file.getvalue()
    assert view.in_words(found).startswith("101 stands still, 1 was not running")


@pytest.mark.parametrize(
    "arguments",
    [[], ["acme", "--everything"], ["acme", "--lift", "s1"], ["--everything"], ["acme", "--reason", " "]],
)
def test_a_command_that_is_unclear_or_without_a_reason_does_nothing(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Before Kafka is asked."""
    assert run(["stop", *arguments]) == 65
    assert capsys.readouterr().err.startswith("Error: ")
