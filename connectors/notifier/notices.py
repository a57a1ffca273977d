"""What is worth telling: the few kinds of records among the agents' decisions that are for people."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, get_args

from msgspec import Struct

from domain.alerts import money_words, words
from events.codec import decode
from events.dead_letters import replayed_place
from events.envelope import header_bytes, parse_output_id
from events.types import (
    AlertCleared,
    AlertRaised,
    BreakerMoved,
    EditObserved,
    FundingAlertCleared,
    FundingAlertRaised,
    Severity,
)

if TYPE_CHECKING:
    from domain.alerts.money_words import MoneyTold
    from domain.alerts.words import Told, Words
    from events.envelope import Headers
    from infra.settings.notifier import EmailSettings, WebhookSettings

_MONEY: Final = (FundingAlertRaised, FundingAlertCleared)
_TOLD: Final = (AlertRaised, AlertCleared, BreakerMoved, EditObserved, *_MONEY)
TYPES: Final = frozenset(kind.TYPE.encode() for kind in _TOLD)
_RANKS: Final[dict[Severity, int]] = {name: rank for rank, name in enumerate(get_args(Severity))}


class Notice(Struct, frozen=True):
    """One fact that somebody is to be told of."""

    id: str
    subject: str
    fact: Told | MoneyTold
    replayed: tuple[int, int] | None = None
    """Which dead letter it was, if somebody has put it back into the log."""

    @property
    def type(self) -> str:
        """What kind of event it is."""
        return self.fact.TYPE

    @property
    def at_ms(self) -> int:
        """When it happened."""
        return self.fact.as_of_ms if isinstance(self.fact, EditObserved) else self.fact.at_ms

    @property
    def severity(self) -> Severity:
        """How serious it is."""
        if isinstance(self.fact, _MONEY):
            return money_words.severity(self.fact)
        return words.severity(self.fact)

    @property
    def label(self) -> str:
        """How it is to be taken, in one word."""
        if isinstance(self.fact, _MONEY):
            return money_words.label(self.fact)
        return words.label(self.fact)

    @property
    def words(self) -> Words:
        """What is said of it."""
        if isinstance(self.fact, _MONEY):
            return money_words.say(self.fact, self.subject)
        return words.say(self.fact, self.subject)

    @property
    def message_id(self) -> str:
        """Name it for receivers, the same at every attempt.

        It has no full stop: that is what a signature has between its parts.
        """
        if parse_output_id(self.id) is not None:
            return self.id.replace(".", "_")
        return hashlib.sha256(self.id.encode()).hexdigest()

    @property
    def thread_id(self) -> str:
        """Name the episode that it is part of, so that the end of a matter is shown with its beginning."""
        fact = self.fact
        whose = fact.pot if isinstance(fact, _MONEY) else fact.campaign
        matter = (
            [self.type] if isinstance(fact, BreakerMoved | EditObserved) else [fact.kind, str(fact.episode)]
        )
        return hashlib.sha256("\0".join([self.subject, whose or "", *matter]).encode()).hexdigest()


def read(headers: Headers | None, body: bytes | None) -> Notice | None:
    """Read a record; None when it is not for people, `Unreadable` when nobody can say."""
    pairs = header_bytes(headers)
    if pairs.get("ce_type") not in TYPES:
        return None
    event = decode(headers, body)
    fact = event.data
    if not isinstance(fact, _TOLD):
        return None
    return Notice(event.envelope.id, event.envelope.subject, fact, replayed_place(headers))


def is_wanted(notice: Notice, by: WebhookSettings | EmailSettings) -> bool:
    """Say whether a destination wants to be told."""
    return (
        notice.type in by.events
        and _RANKS[notice.severity] >= _RANKS[by.min_severity]
        and by.takes(notice.subject)
    )
