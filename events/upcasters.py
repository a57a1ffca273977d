"""How an old version of a fact becomes the next one: one pure function a step."""

from events.types.spend import SpendRecorded, SpendRecordedV1


def spend_recorded_1_to_2(old: SpendRecordedV1) -> SpendRecorded:
    """Name the currency: every account was in US dollars when version 1 was written."""
    return SpendRecorded(
        transaction_id=old.transaction_id,
        campaign=old.campaign,
        day=old.day,
        amount_micros=old.amount_micros,
        currency="USD",
    )
