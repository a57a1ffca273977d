"""Takes pages of observed spend: the newest total of each hour counts."""

from domain.decision import Read, Refused
from domain.draft import Draft
from domain.local_time import HOUR_MS
from domain.pacing import cells, days, hours, index, results
from domain.pacing.rows import CLOCK_KEY, AccountRow, CampaignRow, ClockRow, DayRow, day_key
from events.envelope import Envelope
from events.types import SpendObservation, SpendObserved, SpendRestated

# A platform's clock may run ahead of ours by this much; more would win a cell for ever.
AHEAD_MS_MAX = 3_600_000


def observe_spend(
    draft: Draft, envelope: Envelope, page: SpendObserved
) -> tuple[AccountRow, dict[bytes, str], set[bytes]]:
    """Write the campaigns' new rows and their restatements.

    Returns the account, which of its campaigns moved, and which of these came into another hour of their day.
    """
    account_key = envelope.subject.encode()
    known: AccountRow | None = draft.read(account_key)
    check_page(draft.read, known, page)
    account = known or AccountRow(page.currency)
    if not known:
        draft.changes[account_key] = account
    taking = _Taking(draft, envelope.subject, page)
    for seen in page.observations:
        taking.take(seen)
    if taking.fresh:
        index.add(draft, envelope.subject, taking.fresh)
    if taking.grown:
        hours.grow(draft, envelope.subject, page, taking.grown)
    return account, taking.moved, taking.turned


class _Taking:
    """A page on its way into the rows."""

    __slots__ = (
        "day",
        "draft",
        "fresh",
        "grown",
        "hour_start_ms",
        "moved",
        "page",
        "prefix",
        "since_start_ms",
        "subject",
        "turned",
    )

    def __init__(self, draft: Draft, subject: str, page: SpendObserved) -> None:
        self.draft, self.subject, self.page = draft, subject, page
        self.prefix, self.day, self.since_start_ms = (
            subject + "\0",
            page.day,
            page.as_of_ms - page.day_start_ms,
        )
        self.hour_start_ms = page.as_of_ms - self.since_start_ms % HOUR_MS
        self.moved: dict[bytes, str] = {}
        self.turned: set[bytes] = set()
        self.fresh: dict[str, None] = {}  # seen for the first time
        self.grown: dict[int, int] = {}  # by hour, all campaigns together

    def take(self, seen: SpendObservation) -> None:
        """Let one observation count, if nothing newer is known."""
        draft, campaign, hour, micros = self.draft, seen.campaign, seen.hour, seen.spend_micros
        changes, key = draft.changes, (self.prefix + campaign).encode()
        row: CampaignRow = changes.get(key) or draft.read(key) or self.first(campaign)  # type: ignore[assignment]  # a campaign's key holds nothing else
        if row.day != self.day:
            if row.day > self.day:
                self.take_past(row, key, seen)
                return
            row = days.begin(draft, self.subject, campaign, row, self.page)
        put = cells.put(row.cells, hour, micros, self.since_start_ms)
        if put is None:
            return
        if micros < put[1]:
            draft.facts.append(restated(self.page, campaign, hour, put[1], micros))
        changes[key] = counted(row, put, seen, self.page.as_of_ms)
        self.moved[key] = campaign
        if row.as_of_ms < self.hour_start_ms:
            self.turned.add(key)
        self.grown[hour] = self.grown.get(hour, 0) + micros - put[1]

    def first(self, campaign: str) -> CampaignRow:
        """Note a campaign that was never seen."""
        self.fresh[campaign] = None
        return CampaignRow()

    def take_past(self, row: CampaignRow, key: bytes, seen: SpendObservation) -> None:
        """Correct a day that is over."""
        days.refuse_buried(row.day, self.day)
        put = observe_past_day(self.draft, day_key(key, self.day), self.page, seen)
        if put is not None:
            self.grown[seen.hour] = self.grown.get(seen.hour, 0) + seen.spend_micros - put[1]


def counted(row: CampaignRow, put: tuple[bytes, int], seen: SpendObservation, as_of_ms: int) -> CampaignRow:
    """Return a campaign's row with an observation in; ``replace`` would take three times as long."""
    had = row.results
    if seen.impressions or seen.clicks or seen.conversions or had:
        had = results.put(had, seen.hour, seen.impressions, seen.clicks, seen.conversions)
    return CampaignRow(
        row.budget_micros,
        row.budget_as_of_ms,
        row.wanted_micros,
        row.target_micros,
        row.day,
        row.day_start_ms,
        row.day_end_ms,
        max(as_of_ms, row.as_of_ms),
        row.band,
        row.spent_micros + seen.spend_micros - put[1],
        row.recorded_micros,
        put[0],
        had,
        row.plan,
        row.closed_hours,
        row.alerts,
    )


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
    draft: Draft, key: bytes, page: SpendObserved, seen: SpendObservation
) -> tuple[bytes, int] | None:
    """Correct a day that is over; a total that moved is a restatement, one heard first is not."""
    row: DayRow = draft.get(key) or DayRow()
    put = cells.put(row.cells, seen.hour, seen.spend_micros, page.as_of_ms - page.day_start_ms)
    if put is None:
        return None
    had = results.put(row.results, seen.hour, seen.impressions, seen.clicks, seen.conversions)
    draft.changes[key] = DayRow(
        put[0], row.recorded_micros, had, row.closed_hours, page.day_start_ms, page.day_end_ms
    )
    if seen.spend_micros != put[1] and cells.is_known(row.cells, seen.hour):
        draft.facts.append(restated(page, seen.campaign, seen.hour, put[1], seen.spend_micros))
    return put


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
