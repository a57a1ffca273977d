"""The treasury agent's decider: every kind of event of a client's money, in the order of its partition.

Little is refused here: what is refused stops the client, since a ledger that misses a line is no ledger.
"""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from domain.decision import NOTHING, Decision, Read, Refused
from domain.draft import Draft
from domain.treasury import (
    agenda,
    deciding,
    links,
    observing,
    outcomes,
    overspending,
    rates,
    requests,
    spending,
    switching,
)
from domain.treasury.look import Look
from domain.treasury.rows import CLOCK_KEY, ClockRow
from events.codec import Event
from events.envelope import Envelope
from events.types import (
    CampaignMetered,
    ClockTicked,
    Fact,
    FundingPolicySet,
    FundingRequested,
    FxRateSet,
    MovementFailed,
    MovementLanded,
    PotLinked,
    PotMoved,
    PotOpened,
    PotsObserved,
    PotSwitched,
    PotSwitchFailed,
    WebhookReceived,
)

# A tick that has led to so many facts leaves the other pots that are due to the next one.
FACTS_A_TICK_MAX: Final = 900


def decide(read: Read, event: Event) -> Decision:
    """Decide one event of a client."""
    fact, draft = event.data, Draft(read)
    if isinstance(fact, ClockTicked):
        return tick(draft, fact)
    handler = OF_POT.get(type(fact))
    if handler is not None:
        handler(Look(draft, event.envelope.subject, fact.pot), fact)  # type: ignore[attr-defined]  # all of these name a pot
    else:
        _of_client(draft, event.envelope, fact)
    return draft.decided()


def tick(draft: Draft, clock: ClockTicked) -> Decision:
    """Move the partition's clock on, and look at the pots that are due; it never goes back."""
    known: ClockRow | None = draft.get(CLOCK_KEY)
    if known is not None and clock.now_ms <= known.now_ms:
        return NOTHING
    draft.changes[CLOCK_KEY] = ClockRow(clock.now_ms)
    for look in agenda.take(draft, clock.now_ms):
        if len(draft.facts) >= FACTS_A_TICK_MAX:
            agenda.soon(look)
        else:
            deciding.decide(look)
    return draft.decided()


def on_linked(look: Look, fact: PotLinked) -> None:
    """Let a pot pay a campaign or no longer; it is paused only while all that it pays are."""
    for pot in links.link(look, fact):
        requests.recheck(Look(look.draft, look.client, pot))


def on_metered(look: Look, fact: CampaignMetered) -> None:
    """Keep what a campaign has cost, stop what costs too much, and decide its pot with the next tick."""
    for pot in spending.take(look, fact):
        of_pot = Look(look.draft, look.client, pot)
        overspending.judge(of_pot)
        agenda.soon(of_pot)


def set_policy(look: Look, fact: FundingPolicySet) -> None:
    """Put newer rules into force."""
    row = look.of_client
    if fact.policy_version > row.policy.policy_version:
        look.of_client = replace(row, in_force=fact)


def _of_client(draft: Draft, envelope: Envelope, fact: Fact) -> None:
    look = Look(draft, envelope.subject)
    match fact:
        case PotsObserved():
            observing.observe(look, fact)
        case FundingPolicySet():
            set_policy(look, fact)
        case FxRateSet():
            rates.set_rate(look, fact)
        case WebhookReceived():
            requests.tell(look, fact)
        case _:
            raise Refused("not-for-this-agent", f"{envelope.type} says nothing to the treasury agent")


OF_POT: Final[dict[type[Fact], Callable[..., None]]] = {
    PotOpened: links.open_pot,
    PotLinked: on_linked,
    PotMoved: outcomes.moved,
    PotSwitched: switching.heard,
    PotSwitchFailed: switching.heard,
    CampaignMetered: on_metered,
    FundingRequested: requests.ask,
    MovementLanded: outcomes.landed,
    MovementFailed: outcomes.fell,
}
