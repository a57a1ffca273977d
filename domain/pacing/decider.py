"""The account agent's decider: every kind of event of an account, in the order of its partition."""

from collections.abc import Callable

from msgspec.structs import replace

from domain.decision import NOTHING, Decision, Read, Refused, Row
from domain.pacing.observed import judge, observe_spend
from domain.pacing.recorded import record_spend
from domain.pacing.rows import CLOCK_KEY, AccountRow, CampaignRow, ClockRow, campaign_key
from events.codec import Event
from events.envelope import Envelope
from events.types import CampaignsObserved, ClockTicked, Fact, PolicySet, SpendObserved, SpendRecorded

NO_BUDGET = -1  # less than any


def decide(read: Read, event: Event) -> Decision:
    """Decide one event of an account."""
    handler = HANDLERS.get(type(event.data))
    if handler is None:
        raise Refused("not-for-this-agent", f"{event.envelope.type} says nothing to the account agent")
    return handler(read, event.envelope, event.data)


def observe_campaigns(read: Read, envelope: Envelope, page: CampaignsObserved) -> Decision:
    """Keep the budgets of an account's campaigns and judge the pace of those whose budget changed."""
    subject = envelope.subject.encode()
    account: AccountRow = read(subject) or AccountRow(page.currency)
    if account.currency != page.currency:
        raise Refused("currency-changed", f"{envelope.subject} is kept in {account.currency}")
    changes: dict[bytes, Row | None] = {} if read(subject) else {subject: account}
    facts: list[Fact] = []
    moved: dict[bytes, str] = {}
    for seen in page.campaigns:
        key = campaign_key(envelope.subject, seen.campaign)
        row: CampaignRow = changes.get(key) or read(key) or CampaignRow()  # type: ignore[assignment]  # a campaign's key holds nothing else
        budget = seen.daily_budget_micros
        if is_newer(page.as_of_ms, budget, row):
            # Also when the budget stays: an older page that says otherwise may still come.
            changes[key] = replace(row, budget_micros=budget, budget_as_of_ms=page.as_of_ms)
            if budget != row.budget_micros:
                moved[key] = seen.campaign
    for key, campaign in moved.items():
        judge(changes, facts, key, campaign, account)
    return Decision(changes, tuple(facts), account.policy_version)


def is_newer(as_of_ms: int, budget_micros: int | None, row: CampaignRow) -> bool:
    """Say whether a budget wins; of two with the same ``as_of`` the larger, so that order does not matter."""
    if as_of_ms != row.budget_as_of_ms:
        return as_of_ms > row.budget_as_of_ms
    return (NO_BUDGET if budget_micros is None else budget_micros) > (
        NO_BUDGET if row.budget_micros is None else row.budget_micros
    )


def set_policy(read: Read, envelope: Envelope, policy: PolicySet) -> Decision:
    """Put a newer version of the account's policy into force; an older one changes nothing."""
    account: AccountRow | None = read(envelope.subject.encode())
    if account is None:
        raise Refused(
            "unknown-account", f"{envelope.subject} has not been seen yet, so its currency is unknown"
        )
    if policy.policy_version <= account.policy_version:
        return NOTHING
    changed = AccountRow(
        account.currency,
        policy.policy_version,
        policy.pace_warning_permille,
        policy.pace_critical_permille,
        policy.pace_under_permille,
        policy.pace_hysteresis_permille,
    )
    return Decision({envelope.subject.encode(): changed}, (), policy.policy_version)


def tick(read: Read, _envelope: Envelope, clock: ClockTicked) -> Decision:
    """Move the partition's clock on; it never goes back, whichever of several clocks told it."""
    known: ClockRow | None = read(CLOCK_KEY)
    if known is not None and clock.now_ms <= known.now_ms:
        return NOTHING
    return Decision({CLOCK_KEY: ClockRow(clock.now_ms)})


HANDLERS: dict[type[Fact], Callable[..., Decision]] = {
    SpendObserved: observe_spend,
    SpendRecorded: record_spend,
    CampaignsObserved: observe_campaigns,
    PolicySet: set_policy,
    ClockTicked: tick,
}
