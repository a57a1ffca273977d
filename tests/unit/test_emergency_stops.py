from events.types import (
    CampaignObservation,
    CampaignsObserved,
    CommandFailed,
    PauseCampaign,
    ResumeCampaign,
    StopLifted,
    StopOrdered,
    StopScope,
)
from tests.guard_kit import (
    CAMPAIGN,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    Account,
    action_of,
    paused,
    running,
)


def stop(account: Account, stop_id: str = "stop-1", campaign: str | None = CAMPAIGN) -> None:
    """Let a person stop the campaign, or all of the account."""
    scope: StopScope = "account" if campaign is None else "campaign"
    account.take(StopOrdered(stop_id, scope, campaign, account.now_ms, "runaway creative", "ann"))


def lift(account: Account, stop_id: str = "stop-1") -> None:
    """Let a person end a stop."""
    account.take(StopLifted(stop_id, account.now_ms, "repaired", "ann"))


def actions(account: Account) -> list[str]:
    """Return what was commanded."""
    return [action_of(one) for one in account.commands]


def test_a_stop_pauses_whatever_the_budget_is_and_says_which_stop_it_was() -> None:
    """It needs no page, no plan and no limit, and holds for days."""
    account = running()
    stop(account)
    command = account.commands[0]
    assert isinstance(command, PauseCampaign)
    assert (command.reason, command.stop_id, command.budget_micros) == ("emergency-stop", "stop-1", None)
    assert command.not_after_ms > account.now_ms + 2 * DAY_MS


def test_what_is_stopped_runs_only_when_the_stop_is_lifted() -> None:
    """No midnight, no page and no list lets it run; the lift does."""
    account = running()
    stop(account)
    account.applied(account.commands[0])
    account.tick(START_MS + DAY_MS)
    account.spend(1_000_000)
    account.listed("paused")
    account.tick(START_MS + 2 * DAY_MS)
    assert actions(account) == ["pause"]
    lift(account)
    assert actions(account) == ["pause", "resume"]
    assert isinstance(account.commands[1], ResumeCampaign)
    assert account.commands[1].reason == "stop-lifted"


def test_a_stop_of_the_account_takes_in_every_campaign_and_those_that_come_later() -> None:
    """A campaign that is created while the account is stopped is stopped with the list that shows it."""
    account = running()
    stop(account, campaign=None)
    assert [one.campaign for one in account.commands] == [CAMPAIGN]
    account.tick(account.now_ms + 5 * MINUTE_MS)
    seen = CampaignObservation("c2", "New", "enabled", 5_000_000)
    account.take(CampaignsObserved("USD", "UTC", account.now_ms, (seen,)))
    assert [one.campaign for one in account.commands] == [CAMPAIGN, "c2"]


def test_what_we_had_paused_already_does_not_run_at_midnight_while_it_is_stopped() -> None:
    """Its own pause is over then; the stop is not, and when it is lifted the day is a new one."""
    account = paused()
    stop(account)
    assert actions(account) == ["pause"]
    account.tick(START_MS + DAY_MS + HOUR_MS)
    assert actions(account) == ["pause"]
    lift(account)
    assert actions(account) == ["pause", "resume"]


def test_a_lift_does_not_end_a_pause_that_has_another_reason() -> None:
    """What was over its budget before the stop is so after it, until its day is over."""
    account = paused()
    stop(account)
    lift(account)
    assert actions(account) == ["pause"]
    account.tick(START_MS + DAY_MS)
    assert actions(account) == ["pause", "resume"]


def test_two_stops_end_with_the_second_lift() -> None:
    """Somebody else's stop is not lifted with one's own."""
    account = running()
    stop(account)
    stop(account, "stop-2", None)
    account.applied(account.commands[0])
    lift(account)
    assert actions(account) == ["pause"]
    lift(account, "stop-2")
    assert actions(account) == ["pause", "resume"]


def test_a_campaign_that_a_person_paused_is_neither_paused_again_nor_resumed() -> None:
    """It stands still by somebody else's decision, before and after."""
    account = running()
    account.tick(account.now_ms + 5 * MINUTE_MS)
    account.listed("paused")
    stop(account)
    lift(account)
    assert account.commands == []


def test_a_stop_is_obeyed_though_a_person_had_resumed_the_campaign_before() -> None:
    """The order is the later decision; a resume after it is later still, and is respected for the day."""
    account = paused()
    account.tick(account.now_ms + 5 * MINUTE_MS)
    account.listed("enabled")
    stop(account)
    assert actions(account) == ["pause", "pause"]
    account.applied(account.commands[-1])
    account.tick(account.now_ms + 5 * MINUTE_MS)
    account.listed("enabled")
    account.tick(account.now_ms + HOUR_MS)
    account.listed("enabled")
    assert actions(account) == ["pause", "pause"]
    assert len(account.edits) == 2


def test_a_stop_that_the_platform_refused_is_tried_again_without_waiting_for_a_page() -> None:
    """The clock alone brings it back."""
    account = running()
    stop(account)
    order = account.commands[0].order
    account.take(CommandFailed("id", CAMPAIGN, "pause", order, 3, account.now_ms, "gave-up", "no answer"))
    account.tick(account.now_ms + 20 * MINUTE_MS)
    assert actions(account) == ["pause", "pause"]
    assert isinstance(account.commands[1], PauseCampaign)
    assert account.commands[1].stop_id == "stop-1"


def test_a_resume_on_its_way_when_the_stop_comes_is_undone() -> None:
    """The campaign runs for a moment; the outcome that says so brings the pause."""
    account = paused()
    account.tick(START_MS + DAY_MS)
    stop(account)
    account.applied(account.commands[-1])
    assert actions(account) == ["pause", "resume", "pause"]
