"""What people and platforms ask for and tell: fundings by hand, and campaigns that were paused or changed."""

from typing import Final

from msgspec.structs import replace

from domain.treasury import switching
from domain.treasury.alerting import refuse
from domain.treasury.deciding import decide
from domain.treasury.links import linked
from domain.treasury.look import Look
from domain.treasury.rows import CAMPAIGNS, AskedRow, LinkRow, QueueRow, Wish, link_key
from events.types import FundingRequested, WebhookReceived

WAITING_MAX: Final = 64
REQUESTS_KEPT: Final = 256


def ask(look: Look, fact: FundingRequested) -> None:
    """Fund by hand, at once or when it is this request's turn; a request counts once."""
    is_known = look.opened is not None
    asked = look if is_known else Look(look.draft, look.client)
    known: AskedRow = asked.get("asked") or AskedRow()
    if fact.request_id in known.ids:
        return
    asked.keep("asked", AskedRow((*known.ids[1 - REQUESTS_KEPT :], fact.request_id)))
    queue: QueueRow = look.get("queue") or QueueRow()
    if not is_known:
        detail = "no such pot was opened for this client"
        refuse(look, "pot-unknown", fact.amount_micro_usdc, detail, request_id=fact.request_id)
    elif len(queue.wishes) >= WAITING_MAX:
        detail = f"{WAITING_MAX} requests for this pot are waiting already"
        refuse(look, "queue-full", fact.amount_micro_usdc, detail, request_id=fact.request_id)
    else:
        wish = Wish(fact.request_id, fact.amount_micro_usdc)
        look.keep("queue", QueueRow((*queue.wishes, wish)))
        decide(look)


def tell(look: Look, fact: WebhookReceived) -> None:
    """Hear from a platform that a campaign was paused, runs again, or has another budget."""
    key = link_key(look.client, (fact.platform, fact.account, fact.campaign))
    row: LinkRow | None = look.draft.get(key)
    if row is None or not row.pot:
        return
    of_pot = Look(look.draft, look.client, row.pot)
    if fact.kind == "budget-updated":
        decide(of_pot)
    elif fact.at_ms > row.told_ms:
        is_stopped = fact.kind == "campaign-paused"
        look.draft.changes[key] = replace(row, is_stopped=is_stopped, told_ms=fact.at_ms)
        recheck(of_pot)


def recheck(look: Look) -> None:
    """Pause a pot while all campaigns that it pays are paused on their platforms."""
    rows = [row for _, row in linked(look)]
    if rows and all(row.is_stopped for row in rows):
        switching.pause(look, CAMPAIGNS, "campaign-paused")
    else:
        switching.resume(look, CAMPAIGNS, "campaign-resumed")
