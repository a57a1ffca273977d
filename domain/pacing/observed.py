"""Takes pages of observed spend: the newest total of each hour counts."""

from domain.decision import Read, Refused, Row
from domain.draft import Draft
from domain.pacing import cells, days
from domain.pacing.rows import CLOCK_KEY, AccountRow, CampaignRow, ClockRow, DayRow, day_key
from events.envelope import Envelope
from events.types import SpendObserved, SpendRestated

# A platform's clock may run ahead of ours by this much; more would win a cell for ever.
AHEAD_MS_MAX = 3_600_000

Changes = dict[bytes, Row | None]


def observe_spend(
    draft: Draft, envelope: Envelope, page: SpendObserved
) -> tuple[AccountRow, dict[bytes, str]]:
    """Write the campaigns' new rows and their restatements; return the account and which of them moved."""
    read, changes, facts = draft.read, draft.changes, draft.facts
    account_key = envelope.subject.encode()
    known: AccountRow | None = read(account_key)
    check_page(read, known, page)
    account = known or AccountRow(page.currency)
    if not known:
        changes[account_key] = account
    prefix, day, since_start_ms = envelope.subject + "\0", page.day, page.as_of_ms - page.day_start_ms
    moved: dict[bytes, str] = {}
    for seen in page.observations:
        campaign, hour, micros = seen.campaign, seen.hour, seen.spend_micros
        key = (prefix + campaign).encode()
        row: CampaignRow = changes.get(key) or read(key) or CampaignRow()  # type: ignore[assignment]  # a campaign's key holds nothing else
        if row.day != day:
            if row.day > day:
                days.refuse_buried(row.day, day)
                facts += observe_past_day(read, changes, day_key(key, day), page, (campaign, hour, micros))
                continue
            row = days.begin(read, changes, key, row, page)
        put = cells.put(row.cells, hour, micros, since_start_ms)
        if put is None:
            continue
        if micros < put[1]:
            facts.append(restated(page, campaign, hour, put[1], micros))
        changes[key] = CampaignRow(
            row.budget_micros,
            row.budget_as_of_ms,
            day,
            row.day_start_ms,
            row.day_end_ms,
            max(page.as_of_ms, row.as_of_ms),
            row.band,
            row.spent_micros + micros - put[1],
            row.recorded_micros,
            put[0],
            row.plan,
        )
        moved[key] = campaign
    return account, moved


def check_page(read: Read, account: AccountRow | None, page: SpendObserved) -> None:
    """Refuse a page that must not win any cell."""
    if account is not None and account.currency != page.currency:
        raise Refused("currency-changed", f"the account is kept in {account.currency}, not {page.currency}")
    refuse_future(read, page.as_of_ms)
    if not 0 <= page.as_of_ms - page.day_start_ms <= cells.SINCE_START_MS_MAX:
        raise Refused("day-bounds", f"as_of {page.as_of_ms} is not within 49 days of {page.day}'s start")
    days.refuse_elsewhere(page.day, page.day_start_ms)


def refuse_future(read: Read, as_of_ms: int) -> None:
    """Refuse a page of a time that has not come: it would win over all that are right until then."""
    clock: ClockRow | None = read(CLOCK_KEY)
    if clock is not None and as_of_ms > clock.now_ms + AHEAD_MS_MAX:
        ahead_s = (as_of_ms - clock.now_ms) // 1000
        raise Refused("as-of-in-future", f"the page says it was true {ahead_s} s after the log's clock")


def observe_past_day(
    read: Read, changes: Changes, key: bytes, page: SpendObserved, seen: tuple[str, int, int]
) -> list[SpendRestated]:
    """Correct a day that is over; a total that moved is a restatement, one heard first is not."""
    campaign, hour, micros = seen
    row: DayRow = changes.get(key) or read(key) or DayRow()  # type: ignore[assignment]  # a day's key holds nothing else
    put = cells.put(row.cells, hour, micros, page.as_of_ms - page.day_start_ms)
    if put is None:
        return []
    changes[key] = DayRow(put[0], row.recorded_micros)
    if micros == put[1] or not cells.is_known(row.cells, hour):
        return []
    return [restated(page, campaign, hour, put[1], micros)]


def restated(page: SpendObserved, campaign: str, hour: int, before: int, micros: int) -> SpendRestated:
    """Return the fact that an hour's total is not what it was."""
    return SpendRestated(
        campaign=campaign,
        day=page.day,
        hour=hour,
        from_micros=before,
        to_micros=micros,
        as_of_ms=page.as_of_ms,
    )
