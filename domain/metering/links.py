"""Links campaigns to the pots that pay them, and ends that."""

from msgspec.structs import replace

from domain.decision import NOTHING, Decision, Read, Refused
from domain.draft import Draft
from domain.guard import agenda
from domain.guard.look import now_ms
from domain.metering.rows import LINKED, LinkRow, link_key
from domain.pacing.rows import CampaignRow, campaign_key
from events.envelope import Envelope
from events.types import PotLinked


def link(read: Read, envelope: Envelope, fact: PotLinked) -> Decision:
    """Put a campaign's newest link into force; an older one changes nothing.

    A campaign need not have been seen yet: it is metered from when it is.
    """
    draft, subject = Draft(read), envelope.subject
    if subject.split("/")[1:] != [fact.platform, fact.account]:
        raise Refused("other-account", f"{fact.platform}/{fact.account} is not {subject}")
    key = campaign_key(subject, fact.campaign)
    before: LinkRow | None = read(link_key(key))
    if before is not None and fact.link_version <= before.version:
        return NOTHING
    due_ms = agenda.minute(now_ms(draft, fact.at_ms))
    row = LinkRow(fact.pot, fact.link_version, fact.is_linked, fact.check_minutes * agenda.MINUTE_MS)
    if fact.is_linked:
        row = replace(row, due_ms=due_ms)
        agenda.put(draft, due_ms, subject, fact.campaign)
    draft.changes[link_key(key)] = row
    mark(draft, key, is_linked=fact.is_linked)
    return draft.decided()


def mark(draft: Draft, campaign: bytes, *, is_linked: bool) -> None:
    """Have those who look closely at a campaign ask for its link, or no longer."""
    row: CampaignRow | None = draft.get(campaign)
    if row is not None:
        alerts = row.alerts | LINKED if is_linked else row.alerts & ~LINKED
        draft.changes[campaign] = replace(row, alerts=alerts)
