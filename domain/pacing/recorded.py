"""Takes increments pushed by others: each transaction id counts once."""

import zlib

from msgspec.structs import replace

from domain.decision import Read, Refused
from domain.draft import Draft
from domain.pacing import days
from domain.pacing.rows import (
    CLOCK_KEY,
    RECORDED_BUCKETS,
    RECORDED_IDS_MAX,
    AccountRow,
    CampaignRow,
    ClockRow,
    DayRow,
    RecordedRow,
    campaign_key,
    day_key,
    recorded_key,
)
from events.envelope import Envelope
from events.limits import AMOUNT_MICROS_MAX
from events.types import SpendRecorded

DAYS_AHEAD_MAX = 1  # the account's zone may already be in tomorrow


def record_spend(
    draft: Draft, envelope: Envelope, spend: SpendRecorded
) -> tuple[AccountRow, dict[bytes, str], set[bytes]]:
    """Add an increment unless its transaction was counted before; return the account and what moved."""
    read, changes = draft.read, draft.changes
    account: AccountRow = read(envelope.subject.encode()) or AccountRow(spend.currency)
    if account.currency != spend.currency:
        raise Refused("currency-changed", f"{envelope.subject} is kept in {account.currency}")
    campaign = campaign_key(envelope.subject, spend.campaign)
    row: CampaignRow = read(campaign) or CampaignRow()
    check_day(read, row, spend)
    bucket = zlib.crc32(spend.transaction_id.encode()) % RECORDED_BUCKETS
    ids_key = recorded_key(campaign, spend.day, bucket)
    counted: RecordedRow = read(ids_key) or RecordedRow()
    if spend.transaction_id in counted.ids:
        return account, {}, set()
    if len(counted.ids) >= RECORDED_IDS_MAX:
        raise Refused("too-many-transactions", f"{spend.campaign} has its limit of pushes for {spend.day}")
    changes[ids_key] = RecordedRow((*counted.ids, spend.transaction_id))
    if read(envelope.subject.encode()) is None:
        changes[envelope.subject.encode()] = account
    if spend.day == row.day:
        changes[campaign] = replace(row, recorded_micros=added(row, spend))
        return account, {campaign: spend.campaign}, set()
    key = day_key(campaign, spend.day)
    day: DayRow = read(key) or DayRow()
    changes[key] = replace(day, recorded_micros=added(day, spend))
    return account, {}, set()


def added(row: CampaignRow | DayRow, spend: SpendRecorded) -> int:
    """Return what was recorded with an increment added; a sum that no fact could tell is refused."""
    total = row.recorded_micros + spend.amount_micros
    if total > AMOUNT_MICROS_MAX:
        raise Refused(
            "amount-too-large", f"{spend.campaign} would have {total} micros pushed for {spend.day}"
        )
    return total


def check_day(read: Read, row: CampaignRow, spend: SpendRecorded) -> None:
    """Refuse an increment for a day that is buried or has not come yet."""
    day = days.number(spend.day)
    if row.day:
        days.refuse_buried(row.day, spend.day)
    clock: ClockRow | None = read(CLOCK_KEY)
    if clock is None:
        return
    ahead_days = day - clock.now_ms // days.DAY_MS
    if ahead_days > DAYS_AHEAD_MAX:
        raise Refused("day-in-future", f"{spend.day} is {ahead_days} days after the log's clock")
