"""Decides pages of observed spend: the newest total of each hour counts, and pace is judged once a page."""

from msgspec.structs import replace

from domain.decision import Decision, Read, Refused, Row
from domain.pacing import days, pace
from domain.pacing.cells import newer
from domain.pacing.rows import CLOCK_KEY, AccountRow, CampaignRow, ClockRow, DayRow, day_key
from events.envelope import Envelope
from events.types import Fact, SpendObservation, SpendObserved, SpendRestated

# A platform's clock may run ahead of ours by this much; more would win a cell for ever.
AHEAD_MS_MAX = 600_000


def observe_spend(read: Read, envelope: Envelope, page: SpendObserved) -> Decision:
    """Return the campaigns' new rows, restatements, and the paces that moved into another band."""
    account = check_page(read, envelope.subject, page)
    changes: dict[bytes, Row | None] = {}
    facts: list[Fact] = []
    moved: dict[bytes, str] = {}
    since_start_ms = page.as_of_ms - page.day_start_ms
    prefix = envelope.subject + "\0"
    for seen in page.observations:
        key = (prefix + seen.campaign).encode()
        row: CampaignRow = changes.get(key) or read(key) or CampaignRow()  # type: ignore[assignment]  # a campaign's key holds nothing else
        if row.day != page.day:
            if row.day > page.day:
                observe_past_day(read, changes, facts, (key, row, page, seen))
                continue
            row = days.begin(read, changes, key, row, page)
        counted = count(row, page, seen, since_start_ms, facts)
        if counted is not None:
            changes[key] = counted
            moved[key] = seen.campaign
    for key, campaign in moved.items():
        judge(changes, facts, key, campaign, account)
    if read(envelope.subject.encode()) is None:
        changes[envelope.subject.encode()] = account
    return Decision(changes, tuple(facts), account.policy_version)


def check_page(read: Read, subject: str, page: SpendObserved) -> AccountRow:
    """Return the page's account, or refuse a page that must not win any cell."""
    clock: ClockRow | None = read(CLOCK_KEY)
    if clock is not None and page.as_of_ms > clock.now_ms + AHEAD_MS_MAX:
        ahead_s = (page.as_of_ms - clock.now_ms) // 1000
        raise Refused("as-of-in-future", f"the page says it was true {ahead_s} s after the log's clock")
    if not page.day_start_ms <= page.as_of_ms or page.day_start_ms >= page.day_end_ms:
        raise Refused("day-bounds", f"as_of {page.as_of_ms} or the bounds of {page.day} make no sense")
    account: AccountRow = read(subject.encode()) or AccountRow(page.currency)
    if account.currency != page.currency:
        raise Refused("currency-changed", f"{subject} is kept in {account.currency}, not {page.currency}")
    return account


def count(
    row: CampaignRow, page: SpendObserved, seen: SpendObservation, since_start_ms: int, facts: list[Fact]
) -> CampaignRow | None:
    """Return the campaign with this observation in, or ``None`` if it says nothing new."""
    hour = seen.hour
    cells = newer(row.hours_micros, row.hours_as_of_ms, hour, seen.spend_micros, since_start_ms)
    if cells is None:
        return None
    before = row.hours_micros[hour] if hour < len(row.hours_micros) else 0
    if seen.spend_micros < before:
        facts.append(restated(page, seen, before))
    return CampaignRow(
        row.budget_micros,
        row.budget_as_of_ms,
        row.day,
        row.day_start_ms,
        row.day_end_ms,
        max(row.as_of_ms, page.as_of_ms),
        row.band,
        row.spent_micros + seen.spend_micros - before,
        row.recorded_micros,
        cells[0],
        cells[1],
    )


def observe_past_day(
    read: Read,
    changes: dict[bytes, Row | None],
    facts: list[Fact],
    what: tuple[bytes, CampaignRow, SpendObserved, SpendObservation],
) -> None:
    """Correct a day that is over; a total that moved is a restatement."""
    campaign, row, page, seen = what
    days.refuse_buried(row.day, page.day)
    key = day_key(campaign, page.day)
    day: DayRow = changes.get(key) or read(key) or DayRow()  # type: ignore[assignment]  # a day's key holds nothing else
    since_start_ms = page.as_of_ms - page.day_start_ms
    cells = newer(day.hours_micros, day.hours_as_of_ms, seen.hour, seen.spend_micros, since_start_ms)
    if cells is None:
        return
    before = day.hours_micros[seen.hour] if seen.hour < len(day.hours_micros) else 0
    changes[key] = DayRow(cells[0], cells[1], day.recorded_micros)
    if seen.spend_micros != before:
        facts.append(restated(page, seen, before))


def restated(page: SpendObserved, seen: SpendObservation, before: int) -> SpendRestated:
    """Return the fact that an hour's total is not what it was."""
    return SpendRestated(
        campaign=seen.campaign,
        day=page.day,
        hour=seen.hour,
        from_micros=before,
        to_micros=seen.spend_micros,
        as_of_ms=page.as_of_ms,
    )


def judge(
    changes: dict[bytes, Row | None], facts: list[Fact], key: bytes, campaign: str, policy: AccountRow
) -> None:
    """Publish a pace that moved into another band, and remember the band."""
    row: CampaignRow = changes[key]  # type: ignore[assignment]  # judged rows are campaigns
    ratio = pace.ratio_permille(row)
    if ratio is None:
        return
    band = pace.next_band(row.band, ratio, policy)
    if band != row.band:
        facts.append(pace.deviation(campaign, row, ratio, band))
        changes[key] = replace(row, band=band)
