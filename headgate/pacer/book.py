"""The campaigns of a pacer: what is known of each on its channel, told to the decider as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from domain import local_time
from domain.pacing import cells, results
from domain.pacing.rows import (
    CampaignRow,
    DayRow,
    PlanRow,
    RecordedRow,
    TermsRow,
    campaign_key,
    day_key,
    plan_key,
    terms_key,
)
from events.limits import AMOUNT_MICROS_MAX, COUNT_MAX, ID_CHARS_MAX
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    PolicySet,
    SpendObservation,
    SpendObserved,
    SpendRecorded,
    TermsSet,
)
from headgate.pacer.amounts import Unusable, is_whole, to_amount
from headgate.pacer.engine import Engine
from headgate.pacer.shapes import ChannelType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.ports import LocalDay
    from headgate.pacer.calendar import Calendar
    from headgate.pacer.engine import Hear
    from headgate.pacer.shapes import SpendTransaction
    from headgate.pacer.thresholds import Thresholds

CLIENT: Final = "local"
AHEAD_MS_MAX: Final = 300_000  # another machine's clock may be this far off
NOTHING: Final = (0, 0, 0, 0)
Hour = tuple[int, int, int, int]
"""Micros, impressions, clicks and conversions."""


def subject_of(channel: ChannelType) -> str:
    """Return the account that a channel is to the decider."""
    return f"{CLIENT}/{channel.value}/pacer"


def channel_of(subject: str) -> ChannelType:
    """Return the channel of an account."""
    return ChannelType(subject.split("/")[1])


class Book:
    """What is known of campaigns on channels, all of it in the decider's rows."""

    def __init__(self, calendar: Calendar, thresholds: Thresholds, currency: str, hear: Hear) -> None:
        self.calendar = calendar
        self.currency = currency
        self.engine = Engine(calendar, hear)
        self._thresholds = thresholds
        self._policies: dict[str, dict[str, int]] = {}
        self._channels: dict[str, list[ChannelType]] = {}

    def channels(self, campaign: str) -> list[ChannelType]:
        """Return the channels that a campaign was ever set up or seen on, in that order."""
        return list(self._channels.get(campaign, ()))

    def is_known(self, campaign: str, channel: ChannelType) -> bool:
        """Say whether a campaign was ever set up or seen on a channel."""
        return channel in self._channels.get(campaign, ())

    def open(self, campaign: str, channel: ChannelType) -> None:
        """Make a campaign known on a channel, and bring it up to this moment."""
        check_name(campaign)
        if not isinstance(channel, ChannelType):
            raise Unusable(f"{channel!r} is no channel.", "Give one of ChannelType.")
        subject = subject_of(channel)
        self.engine.tick()
        if not self.is_known(campaign, channel):
            # Its budget is in its terms, so that a new one is no edit of somebody else's.
            seen = CampaignObservation(campaign, campaign, "enabled", None)
            page = CampaignsObserved(self.currency, self.calendar.time_zone, self.calendar.next_ms(), (seen,))
            self.engine.tell(subject, page)
            self._channels.setdefault(campaign, []).append(channel)
        self._keep_policy(subject)
        if self.row(campaign, channel).day != self.today().day:
            self.observe(campaign, channel, self.calendar.now_ms())
            self.engine.tick()

    def set_terms(self, campaign: str, channel: ChannelType, **terms: Any) -> None:  # noqa: ANN401 - TermsSet's own fields, which it checks
        """Put the next version of a campaign's terms into force; what is not named stays."""
        known = self.terms(campaign, channel)
        before = {} if known is None else {name: getattr(known, name) for name in known.__struct_fields__}
        told = before | terms | {"terms_version": 1 if known is None else known.terms_version + 1}
        told |= {"campaign": campaign, "currency": self.currency, "channel": channel.value}
        try:
            fact = TermsSet(**told)
        except ValueError as error:
            raise Unusable(f"{campaign} cannot have such terms: {error}.", "See TermsSet.") from error
        self.engine.tell(subject_of(channel), fact)
        self.engine.tick()

    def today(self) -> LocalDay:
        """Return the day that it is."""
        return self.calendar.day_at(self.calendar.now_ms())

    def row(self, campaign: str, channel: ChannelType) -> CampaignRow:
        """Return how a campaign stands."""
        row: CampaignRow | None = self.engine.read(campaign_key(subject_of(channel), campaign))
        return row or CampaignRow()

    def plan(self, campaign: str, channel: ChannelType) -> PlanRow | None:
        """Return the plan in force of a campaign."""
        row: PlanRow | None = self.engine.read(plan_key(campaign_key(subject_of(channel), campaign)))
        return row

    def terms(self, campaign: str, channel: ChannelType) -> TermsSet | None:
        """Return what was last asked for of a campaign."""
        row: TermsRow | None = self.engine.read(terms_key(campaign_key(subject_of(channel), campaign)))
        return None if row is None else row.terms

    def hours_of(self, campaign: str, channel: ChannelType, day: str) -> list[Hour]:
        """Return what each hour of a day cost and brought, as far as anything was heard of it."""
        row = self.row(campaign, channel)
        if row.day == day:
            return _hours(row)
        key = day_key(campaign_key(subject_of(channel), campaign), day)
        past: DayRow | None = self.engine.read(key)
        return _hours(past) if past is not None else []

    def observe(self, campaign: str, channel: ChannelType, at_ms: int, more: Hour = NOTHING) -> None:
        """Add to the hour of a moment, and let the decider judge the total."""
        day = self.calendar.day_at(at_ms)
        self.observe_hours(campaign, channel, day, {local_time.hour_at(day.start_ms, at_ms): more})

    def observe_hours(
        self, campaign: str, channel: ChannelType, day: LocalDay, more: Mapping[int, Hour]
    ) -> None:
        """Add to hours of a day, and let the decider judge the totals."""
        self.engine.tell(subject_of(channel), self.page(campaign, channel, day, more))

    def page(
        self,
        campaign: str,
        channel: ChannelType,
        day: LocalDay,
        more: Mapping[int, Hour],
        later_ms: int = 0,
    ) -> SpendObserved:
        """Return totals of some hours of a day, now or a bit later, with that much more."""
        known = self.hours_of(campaign, channel, day.day)
        seen = []
        for hour, added in more.items():
            before = known[hour] if hour < len(known) else NOTHING
            micros, impressions, clicks, conversions = (
                old + new for old, new in zip(before, added, strict=True)
            )
            if micros > AMOUNT_MICROS_MAX:
                raise Unusable(
                    f"{campaign} would have spent {to_amount(micros)} in an hour.", "Check the amounts."
                )
            seen.append(SpendObservation(campaign, hour, micros, impressions, clicks, conversions))
        as_of_ms = self.calendar.next_ms() + later_ms
        return SpendObserved(self.currency, day.day, day.start_ms, day.end_ms, as_of_ms, tuple(seen))

    def count_once(self, campaign: str, channel: ChannelType, transaction_id: str, at_ms: int) -> bool:
        """Note a transaction and end what was held for it; say whether it is the first of its id that day."""
        # Its amount goes to its hour as a total, so here it counts as nothing.
        day = self.calendar.day_at(at_ms).day
        fact = SpendRecorded(check_name(transaction_id), campaign, day, 0, self.currency)
        written = self.engine.tell(subject_of(channel), fact).rows
        return any(isinstance(row, RecordedRow) for row in written)

    def check_moment(self, at_ms: int) -> int:
        """Return a moment at which money may have been spent; one just ahead of our clock is now."""
        now_ms = self.calendar.now_ms()
        if at_ms > now_ms + AHEAD_MS_MAX:
            raise Unusable(
                f"The transaction's time is {(at_ms - now_ms) // 1000} s from now.",
                "Record what was spent; a naive timestamp is taken for UTC.",
            )
        return min(at_ms, now_ms)

    def _keep_policy(self, subject: str) -> None:
        account = self.engine.account(subject)
        if account is None or self._policies.get(subject) == self._thresholds.fields:
            return
        policy: PolicySet = self._thresholds.policy(account.policy_version + 1)
        self.engine.tell(subject, policy)
        self._policies[subject] = dict(self._thresholds.fields)


def check_name(name: str) -> str:
    """Return a campaign's name or a transaction's id, if the log could tell it."""
    if not 0 < len(name) <= ID_CHARS_MAX or "\0" in name:
        raise Unusable(
            f"{name!r:.60} is no name.", f"Give a text of 1 to {ID_CHARS_MAX} characters, none of them zero."
        )
    return name


def check_counts(spend: SpendTransaction) -> tuple[int, int, int]:
    """Return impressions, clicks and conversions of a spend, if they are what they say."""
    counts = (spend.impressions, spend.clicks, spend.conversions)
    if not all(is_whole(one, 0, COUNT_MAX) for one in counts):
        raise Unusable(
            f"Impressions, clicks and conversions are {counts}.", "Give whole numbers, none below zero."
        )
    return counts


def _hours(row: CampaignRow | DayRow) -> list[Hour]:
    spent = list(cells.totals(row.cells))
    seen = list(results.hours(row.results))
    seen += [(0, 0, 0)] * (len(spent) - len(seen))
    return [(micros, *counts) for micros, counts in zip(spent, seen, strict=False)]
