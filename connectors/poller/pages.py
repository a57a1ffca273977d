"""From a whole read to records of the log; a read that the log could not carry is refused whole, in words."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec

from connectors.errors import InvalidRequest
from events import codec
from events.envelope import Envelope, moment
from events.errors import Unreadable
from events.limits import BODY_BYTES_MAX, NAME_CHARS_MAX, PAGE_CAMPAIGNS_MAX, REASON_CHARS_MAX
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    PollCompleted,
    PollFailed,
    SpendObservation,
    SpendObserved,
)
from infra.logs import mask_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from connectors.ports import Account, Campaign, HourSpend, LocalDay
    from events.types import Fact, PollKind, PollTrouble

# Without a slash at its front: it is not one of the agents' sources, whose ids tell their origin.
SOURCE: Final = "headgate/poller"
# A hundred times what the largest accounts have; beyond it an answer is taken for nonsense.
CAMPAIGNS_MAX: Final = 50_000

Item = TypeVar("Item", CampaignObservation, SpendObservation)
_encode: Final = msgspec.json.Encoder().encode


class Record(NamedTuple):
    """What goes to Kafka."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Read(NamedTuple):
    """Which read something belongs to: the same read always gives the same ids."""

    subject: str
    kind: PollKind
    day: str | None
    as_of_ms: int

    @property
    def id(self) -> str:
        """Return the read's own id, which all its records share as their correlation."""
        # A subject is longer than an id may be.
        account = blake2b(self.subject.encode(), digest_size=12).hexdigest()
        return f"poll-{account}-{self.kind}-{self.day or 'all'}-{self.as_of_ms}"


def shown(name: str) -> str:
    """Return a name as the log carries it: a budget must not go unread because a name is too long."""
    return name if len(name) <= NAME_CHARS_MAX else name[: NAME_CHARS_MAX - 1] + "…"


def campaigns(read: Read, account: Account, found: Sequence[Campaign]) -> list[Record]:
    """Cut a list of campaigns into pages."""
    _refuse_too_many(read, account, len(found))
    items = [
        CampaignObservation(
            campaign=one.campaign,
            name=shown(one.name),
            status=one.status,
            daily_budget_micros=one.daily_budget_micros,
        )
        for one in sorted(found, key=lambda campaign: campaign.campaign)
    ]

    def page(some: tuple[CampaignObservation, ...]) -> CampaignsObserved:
        return CampaignsObserved(
            currency=account.currency, time_zone=account.time_zone, as_of_ms=read.as_of_ms, campaigns=some
        )

    return _records(read, items, page)


def spend(read: Read, account: Account, day: LocalDay, rows: Sequence[HourSpend]) -> list[Record]:
    """Cut a day's totals, which are in the order of their campaigns, into pages."""
    _refuse_too_many(read, account, len({row.campaign for row in rows}))
    items = [
        SpendObservation(
            campaign=row.campaign,
            hour=row.hour,
            spend_micros=row.spend_micros,
            impressions=row.impressions,
            clicks=row.clicks,
            conversions=row.conversions,
        )
        for row in rows
    ]

    def page(some: tuple[SpendObservation, ...]) -> SpendObserved:
        return SpendObserved(
            currency=account.currency,
            day=day.day,
            day_start_ms=day.start_ms,
            day_end_ms=day.end_ms,
            as_of_ms=read.as_of_ms,
            observations=some,
        )

    return _records(read, items, page)


def completed(read: Read, *, pages: int, rows: int, lag_ms: int) -> Record:
    """Say that a read was whole; it goes behind its pages."""
    fact = PollCompleted(
        kind=read.kind,
        day=read.day,
        as_of_ms=read.as_of_ms,
        complete_until_ms=max(0, read.as_of_ms - lag_ms),
        pages=pages,
        rows=rows,
    )
    return _record(read, fact, "completed")


def failed(
    read: Read, reason: PollTrouble, detail: str, *, retry_at_ms: int, last_good_ms: int | None
) -> Record:
    """Say that a read came to nothing."""
    # A platform's own words may hold anything.
    told = mask_text(detail.replace("\0", "").encode(errors="replace").decode())
    fact = PollFailed(
        kind=read.kind,
        day=read.day,
        at_ms=read.as_of_ms,
        reason=reason,
        detail=told[:REASON_CHARS_MAX],
        retry_at_ms=retry_at_ms,
        last_good_ms=last_good_ms,
    )
    return _record(read, fact, "failed")


def _records(read: Read, items: Sequence[Item], page: Callable[[tuple[Item, ...]], Fact]) -> list[Record]:
    room = BODY_BYTES_MAX - len(_encode(page(())))
    return [_record(read, page(tuple(some)), str(number)) for number, some in enumerate(_cut(items, room))]


def _cut(items: Iterable[Item], room: int) -> Iterator[list[Item]]:
    """Cut between campaigns, so that all hours of one are in one page."""
    page: list[Item] = []
    used = count = 0
    for group in _by_campaign(items):
        size = sum(len(_encode(item)) + 1 for item in group)
        if page and (used + size > room or count == PAGE_CAMPAIGNS_MAX):
            yield page
            page, used, count = [], 0, 0
        page.extend(group)
        used, count = used + size, count + 1
    if page:
        yield page


def _by_campaign(items: Iterable[Item]) -> Iterator[list[Item]]:
    group: list[Item] = []
    for item in items:
        if group and group[0].campaign != item.campaign:
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _record(read: Read, fact: Fact, part: str) -> Record:
    envelope = Envelope(
        id=f"{read.id}-{part}",
        type=fact.TYPE,
        version=fact.VERSION,
        source=SOURCE,
        subject=read.subject,
        time=moment(read.as_of_ms),
        correlation_id=read.id,
    )
    try:
        headers, body = codec.encode(codec.Event(envelope, fact))
        # Whoever reads the log holds it to limits that writing alone does not check.
        codec.decode(headers, body)
    except (Unreadable, ValueError) as error:
        raise InvalidRequest(
            _platform(read), f"what the platform said cannot be written down: {error}"
        ) from error
    return Record(read.subject.encode(), body, headers)


def _refuse_too_many(read: Read, account: Account, count: int) -> None:
    if count > CAMPAIGNS_MAX:
        raise InvalidRequest(
            _platform(read), f"account {account.account} has {count} campaigns, {CAMPAIGNS_MAX} at most"
        )


def _platform(read: Read) -> str:
    return read.subject.split("/")[1]
