"""Puts policies into force: the rules of an account, by version."""

from domain.decision import NOTHING, Decision, Read, Refused
from domain.pacing.rows import AccountRow
from events.envelope import Envelope
from events.types import PolicySet


def set_policy(read: Read, envelope: Envelope, policy: PolicySet) -> Decision:
    """Put a newer version of the account's policy into force; an older one changes nothing."""
    account: AccountRow | None = read(envelope.subject.encode())
    if account is None:
        raise Refused(
            "unknown-account", f"{envelope.subject} has not been seen yet, so its currency is unknown"
        )
    if policy.policy_version <= account.policy_version:
        return NOTHING
    changed = AccountRow(account.currency, policy)
    return Decision({envelope.subject.encode(): changed}, (), policy.policy_version)
