"""The account agent's decider: every kind of event of an account, in the order of its partition."""

from collections.abc import Callable

from domain.account import planning, told
from domain.account.policy import set_policy
from domain.alerts import freshness
from domain.decision import NOTHING, Decision, Read, Refused
from domain.draft import Draft
from domain.forecast import lag
from domain.guard import authorising, control, stops
from domain.metering import links
from domain.pacing import index
from domain.pacing.budgets import observe_budget
from domain.pacing.judging import judge, retarget
from domain.pacing.observed import observe_spend, refuse_future
from domain.pacing.recorded import record_spend
from domain.pacing.rows import CLOCK_KEY, AccountRow, ClockRow, campaign_key
from events.codec import Event
from events.envelope import Envelope
from events.types import (
    CampaignsObserved,
    ClockTicked,
    CommandApplied,
    CommandFailed,
    CommandSuperseded,
    Fact,
    ForecastMade,
    PolicySet,
    PollCompleted,
    PollFailed,
    PotLinked,
    SpendObserved,
    SpendRecorded,
    SpendRequested,
    StopLifted,
    StopOrdered,
    TermsSet,
)


def decide(read: Read, event: Event) -> Decision:
    """Decide one event of an account."""
    handler = HANDLERS.get(type(event.data))
    if handler is None:
        raise Refused("not-for-this-agent", f"{event.envelope.type} says nothing to the account agent")
    return handler(read, event.envelope, event.data)


def on_spend(read: Read, envelope: Envelope, fact: SpendObserved | SpendRecorded) -> Decision:
    """Count spend; then pacing judges what has moved, and after it the guard."""
    draft = Draft(read)
    take = observe_spend if isinstance(fact, SpendObserved) else record_spend
    account, moved, turned = take(draft, envelope, fact)  # type: ignore[arg-type]  # each takes the fact it was chosen for
    if isinstance(fact, SpendRecorded):
        authorising.recorded(draft, campaign_key(envelope.subject, fact.campaign), fact)
    ahead = judge(draft, envelope.subject, moved, account)
    control.control(draft, envelope.subject, moved, account, ahead=ahead, is_new_hour=turned)
    return draft.decided(account.policy_version)


def on_campaigns(read: Read, envelope: Envelope, page: CampaignsObserved) -> Decision:
    """Keep budgets and statuses, and judge those whose budget changed."""
    draft, subject = Draft(read), envelope.subject
    account: AccountRow | None = read(subject.encode())
    if account is None:
        account = AccountRow(page.currency)
        draft.changes[subject.encode()] = account
    if account.currency != page.currency:
        raise Refused("currency-changed", f"{subject} is kept in {account.currency}")
    refuse_future(read, page.as_of_ms)
    moved: dict[bytes, str] = {}
    fresh: dict[str, None] = {}
    for seen in page.campaigns:
        key = campaign_key(subject, seen.campaign)
        if draft.get(key) is None:
            fresh[seen.campaign] = None
        is_other = observe_budget(draft, key, seen.daily_budget_micros, page.as_of_ms)
        if control.listed(draft, subject, seen, page.as_of_ms, is_other_budget=is_other):
            moved[key] = seen.campaign
            retarget(draft, subject, key, seen.campaign, seen.daily_budget_micros)
    if fresh:
        index.add(draft, subject, fresh)
    ahead = judge(draft, subject, moved, account)
    control.control(draft, subject, moved, account, ahead=ahead)
    return draft.decided(account.policy_version)


def on_outcome(
    read: Read, envelope: Envelope, outcome: CommandApplied | CommandFailed | CommandSuperseded
) -> Decision:
    """Hear how a command ended; what was found on the platform instead is as good as a listing."""
    draft, subject = Draft(read), envelope.subject
    account: AccountRow | None = read(subject.encode())
    if account is None:
        raise Refused("unknown-account", f"{subject} has not been seen yet, so nothing was commanded")
    control.hear(draft, subject, outcome)
    if isinstance(outcome, CommandSuperseded) and outcome.found_status is not None:
        key, shown = campaign_key(subject, outcome.campaign), outcome.found_budget_micros
        is_other = observe_budget(draft, key, shown, outcome.at_ms)
        if is_other and control.found(draft, subject, outcome.campaign, shown, outcome.at_ms):
            moved = {key: outcome.campaign}
            retarget(draft, subject, key, outcome.campaign, shown)
            ahead = judge(draft, subject, moved, account)
            control.control(draft, subject, moved, account, ahead=ahead)
    return draft.decided(account.policy_version)


def tick(read: Read, _envelope: Envelope, clock: ClockTicked) -> Decision:
    """Move the partition's clock on, and wake what is due; it never goes back, whichever clock told it."""
    known: ClockRow | None = read(CLOCK_KEY)
    if known is not None and clock.now_ms <= known.now_ms:
        return NOTHING
    draft = Draft(read)
    draft.changes[CLOCK_KEY] = ClockRow(clock.now_ms)
    control.wake(draft, clock.now_ms)
    planning.work(draft)
    return draft.decided()


def on_poll(read: Read, envelope: Envelope, completed: PollCompleted) -> Decision:
    """Learn how late the platform's figures are, and know how fresh they are."""
    if completed.kind != "spend":
        return NOTHING
    draft = Draft(read)
    lag.learn(draft, envelope.subject, completed)
    freshness.polled(draft, envelope.subject, completed)
    return draft.decided()


def on_stop(read: Read, envelope: Envelope, fact: StopOrdered | StopLifted) -> Decision:
    """Stop a campaign or all of an account, or end that."""
    draft, subject = Draft(read), envelope.subject
    account: AccountRow | None = read(subject.encode())
    if account is None:
        raise Refused("unknown-account", f"{subject} has not been seen yet, so nothing of it can be stopped")
    campaigns = index.names(read, subject)
    if isinstance(fact, StopOrdered):
        stops.order(draft, subject, fact, campaigns)
    else:
        stops.lift(draft, subject, fact, campaigns)
    return draft.decided(account.policy_version)


def on_request(read: Read, envelope: Envelope, request: SpendRequested) -> Decision:
    """Say whether a campaign may spend an amount."""
    draft, subject = Draft(read), envelope.subject
    account = told.known(read, subject, request.currency)
    authorising.answer(draft, subject, request, account)
    return draft.decided(account.policy_version)


def hear_nothing(_read: Read, _envelope: Envelope, _fact: Fact) -> Decision:
    """Leave a fact to those who watch how reading goes: no decision hangs on it."""
    return NOTHING


HANDLERS: dict[type[Fact], Callable[..., Decision]] = {
    SpendObserved: on_spend,
    SpendRecorded: on_spend,
    CampaignsObserved: on_campaigns,
    CommandApplied: on_outcome,
    CommandFailed: on_outcome,
    CommandSuperseded: on_outcome,
    PollCompleted: on_poll,
    PollFailed: hear_nothing,
    PolicySet: set_policy,
    TermsSet: told.set_terms,
    ForecastMade: told.take_forecast,
    StopOrdered: on_stop,
    StopLifted: on_stop,
    SpendRequested: on_request,
    PotLinked: links.link,
    ClockTicked: tick,
}
