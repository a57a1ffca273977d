"""How an old version of a fact becomes the next one: one pure function a step."""

from events.types.policy import PolicySet, PolicySetV1
from events.types.spend import SpendRecorded, SpendRecordedV1


def policy_set_1_to_2(old: PolicySetV1) -> PolicySet:
    """Pause at the guard's default: who set a policy before it came has chosen no other."""
    return PolicySet(
        policy_version=old.policy_version,
        pace_warning_permille=old.pace_warning_permille,
        pace_critical_permille=old.pace_critical_permille,
        pace_under_permille=old.pace_under_permille,
        pace_hysteresis_permille=old.pace_hysteresis_permille,
    )


def spend_recorded_1_to_2(old: SpendRecordedV1) -> SpendRecorded:
    """Name the currency: every account was in US dollars when version 1 was written."""
    return SpendRecorded(
        transaction_id=old.transaction_id,
        campaign=old.campaign,
        day=old.day,
        amount_micros=old.amount_micros,
        currency="USD",
    )
