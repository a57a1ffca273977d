"""A funding by hand: asked of the treasury, and followed until it is posted, refused or voided."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from events import types
from headgate import publishing
from headgate.money.amounts import usdc
from headgate.money.tail import Tail
from infra.errors import WaitAndRetry
from projections import query

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.codec import Event
    from events.types import FundingRequested
    from infra.settings import Settings

SOURCE: Final = "headgate/fund"
FACTS: Final = "client-facts"
# What the projections know already of a request that is repeated.
KNOWN_SQL: Final = """
SELECT movement_id, state, signature, void_reason AS reason, void_detail AS detail, posted_ms, voided_ms
FROM fundings WHERE client = {client:String} AND request_id = {request:String}
UNION ALL
SELECT '', 'refused', '', reason, detail, NULL, NULL
FROM funding_refusals FINAL WHERE subject = {client:String} AND request_id = {request:String}
"""


class Places(Struct, frozen=True):
    """Where the treasury hears of wishes, and where its answers and the chain's are; tests have their own."""

    facts: str = FACTS
    followed: tuple[str, ...] = ("client-decisions", "chain-commands", "chain-attempts")


HERE: Final = Places()
Came = Literal["posted", "refused", "voided", "requested"]
REFUSED: Final[dict[str, str]] = {
    "treasury-short": "the treasury has not enough",
    "platform-limit": "the platform's limit of the day would be passed",
    "client-limit": "the client's limit of the day would be passed",
    "pot-limit": "the pot's limit of the day would be passed",
    "pot-cap": "the pot's own cap on chain would be passed",
    "pot-paused": "the pot is paused",
    "pot-unknown": "the treasury does not know the pot",
    "pot-closed": "the pot is closed",
    "pot-foreign": "the pot belongs to somebody else",
    "queue-full": "too many fundings of it wait already",
    "fx-missing": "nobody has said what the currency is worth",
    "fx-stale": "what the currency is worth was said too long ago",
    "too-small": "it is less than is worth a transaction",
}


class Outcome(Struct, frozen=True):
    """What became of a request, as far as it is known."""

    came: Came
    request_id: str
    movement_id: str = ""
    signature: str = ""
    reason: str = ""
    detail: str = ""
    slot: int = 0
    took_ms: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.came != "requested"


class Following:
    """What is known of a request, as events come; pure."""

    def __init__(self, request_id: str) -> None:
        self.request_id, self.movement_id, self.command_id = request_id, "", ""
        self.told = "waits for the treasury"
        self.outcome = Outcome("requested", request_id)

    def hear(self, event: Event) -> bool:
        """Take an event into account; whether the request is at its end."""
        match event.data:
            case types.FundingReserved() as fact if fact.request_id == self.request_id:
                self.movement_id, self.told = fact.movement_id, f"reserved as {fact.movement_id}"
            case types.FundingRefused() as fact if fact.request_id == self.request_id:
                self._end("refused", reason=fact.reason, detail=fact.detail)
            case types.FundPot() as fact if fact.movement_id == self.movement_id:
                self.command_id, self.told = event.envelope.id, "asked of the chain"
            case types.AttemptSigned() as fact if self.command_id and fact.command_id == self.command_id:
                self.told = f"signed (attempt {fact.attempt}), sent, waits until it is final"
            case types.FundingPosted() as fact if fact.movement_id == self.movement_id:
                self._end("posted", signature=fact.signature or "", slot=fact.slot)
            case types.FundingVoided() as fact if fact.movement_id == self.movement_id:
                self._end("voided", reason=fact.reason, detail=fact.detail)
            case _:
                return False
        return self.outcome.is_over

    def _end(
        self, came: Came, *, signature: str = "", reason: str = "", detail: str = "", slot: int = 0
    ) -> None:
        self.outcome = Outcome(came, self.request_id, self.movement_id, signature, reason, detail, slot)


def publish(settings: Settings, client: str, request: FundingRequested, places: Places = HERE) -> None:
    """Write the request; the same request id twice counts once."""
    publishing.publish(
        settings.kafka_conf(),
        places.facts,
        client,
        request,
        id=f"fund.{request.request_id}",
        source=SOURCE,
        what=f"the request for {usdc(request.amount_micro_usdc)}",
    )


def follow(
    settings: Settings,
    client: str,
    request: FundingRequested,
    *,
    wait_seconds: int,
    tell: Callable[[str], None] = lambda _text: None,
    places: Places = HERE,
) -> Outcome:
    """Ask for a funding and return what became of it; an error in words when that takes too long."""
    known = Following(request.request_id)
    begun = time.monotonic()
    with Tail(settings.kafka_conf(), places.followed, client) as tail:
        publish(settings, client, request, places)
        while time.monotonic() - begun < wait_seconds:
            tell(known.told)
            event = tail.next()
            if event is not None and known.hear(event):
                return known.outcome
    raise WaitAndRetry(
        f"The funding {request.request_id} is not over after {wait_seconds} s: it {known.told}.",
        f"Nothing is lost. Follow it on: headgate fund ... --request-id {request.request_id}; or see "
        "`headgate pots`, `headgate alerts`, and that worker and chain executor run.",
    )


def known(settings: Settings, client: str, request_id: str) -> Outcome | None:
    """Return what has become of a request that was made before, if that is over already."""
    params: dict[str, object] = {"client": client, "request": request_id}
    for row in query.ask(settings, KNOWN_SQL, params).dicts():
        if row["state"] in {"posted", "refused", "voided"}:
            texts = {name: row[name] for name in ("movement_id", "signature", "reason", "detail")}
            return Outcome(row["state"], request_id, **texts)
    return None
