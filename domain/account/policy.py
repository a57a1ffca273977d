"""Puts policies into force: the rules of an account, by version."""

from domain.decision import NOTHING, Decision, Read, Refused
from domain.draft import Draft
from domain.pacing import index, nights
from domain.pacing.rows import AccountRow
from events.envelope import Envelope
from events.types import PolicySet


def set_policy(read: Read, envelope: Envelope, policy: PolicySet) -> Decision:
    """Put a newer version of the account's policy into force; an older one changes nothing."""
    draft, subject = Draft(read), envelope.subject
    account: AccountRow | None = read(subject.encode())
    if account is None:
        raise Refused("unknown-account", f"{subject} has not been seen yet, so its currency is unknown")
    if policy.policy_version <= account.policy_version:
        return NOTHING
    draft.changes[subject.encode()] = AccountRow(account.currency, policy)
    if planned_by(policy) != planned_by(account.policy):
        for campaign in index.names(read, subject):
            nights.wait(draft, subject, campaign)
    return draft.decided(policy.policy_version)


def planned_by(policy: PolicySet) -> tuple[object, ...]:
    """Return what plans depend on."""
    return (
        policy.plan_strategy,
        policy.plan_channels,
        policy.plan_frontload_hours,
        policy.plan_frontload_permille,
        policy.plan_hour_max_permille,
    )
