"""Which pots a client has, and which campaigns each of them pays."""

from typing import Final

from msgspec.structs import replace

from domain.treasury import agenda, stints
from domain.treasury.alerting import refuse
from domain.treasury.look import Look
from domain.treasury.rows import Campaign, LinkRow, OpenedRow, SpendRow, Stint, link_key, spend_key
from events.types import PotLinked, PotOpened

POTS_MAX: Final = 2_000
CAMPAIGNS_MAX: Final = 32
SPENDERS_MAX: Final = 128  # with those who have moved on: what they have cost is still settled


def open_pot(look: Look, fact: PotOpened) -> None:
    """Know a pot; what is said of it later counts."""
    known, client = look.opened, look.of_client
    if known is None and client.pots >= POTS_MAX:
        refuse(look, "pot-unknown", 0, f"a client has {POTS_MAX} pots at most, this one is not funded")
        return
    if known is not None and known.at_ms >= fact.at_ms:
        return
    if known is None:
        look.of_client = replace(client, pots=client.pots + 1)
    look.keep("opened", OpenedRow(fact))
    agenda.soon(look)


def link(look: Look, fact: PotLinked) -> list[str]:
    """Let a pot pay a campaign from now on, or no longer; return the pots for which that makes a difference.

    The campaign's newest link counts.
    """
    campaign = fact.platform, fact.account, fact.campaign
    key = link_key(look.client, campaign)
    before: LinkRow = look.draft.get(key) or LinkRow()
    if fact.link_version <= before.link_version:
        return []
    pot = fact.pot if fact.is_linked else ""
    if pot == before.pot:
        look.draft.changes[key] = replace(before, link_version=fact.link_version)
        return []
    if pot and not _has_room(look, campaign):
        return []
    stint = _stint(look, before, campaign, pot)
    kept = stints.begin(before.stints, stint)
    look.draft.changes[key] = replace(before, pot=pot, link_version=fact.link_version, stints=kept)
    touched = [one for one in (before.pot, pot) if one]
    for one in touched:
        agenda.soon(Look(look.draft, look.client, one))
    return touched


def linked(look: Look) -> list[tuple[Campaign, LinkRow]]:
    """Return the campaigns that a pot pays now."""
    rows = [(one, look.draft.get(link_key(look.client, one))) for one in look.row.spenders]
    return [(one, row) for one, row in rows if row is not None and row.pot == look.pot]


def _has_room(look: Look, campaign: Campaign) -> bool:
    """Take a campaign in among those that a pot pays, if there are not too many."""
    spenders = look.row.spenders
    is_new = campaign not in spenders
    if len(linked(look)) >= CAMPAIGNS_MAX or (is_new and len(spenders) >= SPENDERS_MAX):
        detail = (
            f"a pot pays {CAMPAIGNS_MAX} campaigns at most, {SPENDERS_MAX} in its life: {campaign} is not"
        )
        refuse(look, "queue-full", 0, detail)
        return False
    if is_new:
        look.row = replace(look.row, spenders=(*spenders, campaign))
    return True


def _stint(look: Look, before: LinkRow, campaign: Campaign, pot: str) -> Stint:
    """Begin a stint where the campaign was metered last; its first one begins with all that it has spent."""
    if not before.stints:
        return Stint(pot)
    last = before.stints[-1]
    for stint in reversed(before.stints):
        row: SpendRow | None = look.draft.get(spend_key(look.client, stint.pot, campaign))
        if row is not None and row.metered is not None:
            fact = row.metered
            mark = fact.day, fact.spent_micros, fact.likely_micros
            return Stint(pot, *max(mark, (last.day, last.spent_micros, last.likely_micros)))
    return Stint(pot, last.day, last.spent_micros, last.likely_micros)
