"""Which endpoints are trusted now: those that answer, are on the one chain, and keep up with the others."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from chain.errors import Behind, Unknown, WrongChain
from infra.metrics import CHAIN_ENDPOINT_SLOT, CHAIN_ENDPOINTS_TRUSTED
from infra.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chain.ports import Moment
    from chain.rpc.node import Node

# One that failed is asked again soon, and ever more seldom.
REST: Final = Backoff(delay_ms=500, delay_ms_max=30_000)
# What an endpoint said of how far it is; older than this it is asked again before anything else.
FRESH_SECONDS: Final = 5.0  # money-ok: seconds
# A chain has a slot each 0.4 s; an endpoint that stood still so long while another moved has lost it.
STANDSTILL_SECONDS: Final = 30.0  # money-ok: seconds
# From so many on, one that is far ahead of most is taken for wrong, not the others for late.
MAJORITY_MIN: Final = 3


@dataclass(slots=True)
class Standing:
    """What is known of an endpoint."""

    node: Node
    genesis: str | None = None
    moment: Moment | None = None
    moved_at: float = 0.0  # money-ok: seconds
    rests_until: float = 0.0  # money-ok: seconds
    failures: int = 0
    trouble: str = field(default="it was not asked yet")


class Health:
    """Watches the endpoints, and says which of them may be asked."""

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        lag_slots_max: int,
        jitter: Callable[[int, int], int] = random.randint,
    ) -> None:
        self.standings = tuple(Standing(node) for node in nodes)
        self._lag_slots_max = lag_slots_max
        self._jitter = jitter
        self._looked_at = -FRESH_SECONDS
        self._looking = asyncio.Lock()
        self._looks = 0
        self._genesis: str | None = None
        self._turn = 0

    async def trusted(self) -> list[Standing]:
        """Return the endpoints to ask, each time another one first; they are looked at every few seconds."""
        if _now() - self._looked_at >= FRESH_SECONDS or not self._trusted():
            await self.look()
        self._check_genesis()
        found = self._trusted()
        self._turn += 1
        turn = self._turn % len(found) if found else 0
        return found[turn:] + found[:turn]

    async def look(self) -> list[Standing]:
        """Ask every endpoint that does not rest how far it is, and return those that are trusted."""
        arrived = self._looks
        async with self._looking:
            # A look that somebody else began after we came will do.
            if self._looks == arrived:
                self._looks += 1
                await self._look()
        self._check_genesis()
        return self._trusted()

    def worked(self, standing: Standing) -> None:
        """Forget what an endpoint has failed at, since it answers."""
        standing.failures = 0

    def failed(self, standing: Standing, error: Unknown) -> None:
        """Let an endpoint rest that gave no answer; one that is merely behind goes on."""
        if isinstance(error, Behind):
            return
        standing.failures += 1
        standing.trouble = error.detail
        rest_ms = REST.delay_after(standing.failures, self._jitter)
        standing.rests_until = _now() + rest_ms / 1000  # money-ok: seconds
        # Whatever comes back may be another one behind the same address.
        standing.genesis = standing.moment = None

    def none(self) -> Unknown:
        """Return the error for when nobody can be asked, which says why of each."""
        told = "; ".join(f"{one.node.name}: {one.trouble}" for one in self.standings)
        return Unknown(f"no endpoint of the chain can be asked now ({told})")

    def _check_genesis(self) -> None:
        """Raise when endpoints are of different chains, or of another one than before."""
        known = {one.node.name: one.genesis for one in self.standings if one.genesis is not None}
        if self._genesis is not None:
            known["before"] = self._genesis
        if len(set(known.values())) > 1:
            told = ", ".join(f"{name}: {genesis}" for name, genesis in known.items())
            for one in self.standings:
                one.genesis = one.moment = None  # nobody is trusted until all were asked again
            raise WrongChain(f"the endpoints are of different chains, by the hash of their genesis ({told})")
        self._genesis = next(iter(known.values()), None)

    async def _look(self) -> None:
        asked = [one for one in self.standings if one.rests_until <= _now()]
        await asyncio.gather(*(self._ask(one) for one in asked))
        self._looked_at = _now()
        CHAIN_ENDPOINTS_TRUSTED.set(len(self._trusted()))

    async def _ask(self, standing: Standing) -> None:
        try:
            if standing.genesis is None:
                standing.genesis = await standing.node.genesis()
            moment = await standing.node.finalized()
        except Unknown as error:
            standing.trouble = error.detail
            self.failed(standing, error)
            return
        if standing.moment is None or moment.slot > standing.moment.slot:
            standing.moved_at = _now()
        standing.moment = moment
        CHAIN_ENDPOINT_SLOT.labels(standing.node.name).set(moment.slot)

    def _trusted(self) -> list[Standing]:
        answering = [one for one in self.standings if one.moment is not None and one.rests_until <= _now()]
        newest = max((one.moved_at for one in answering), default=0.0)  # money-ok: seconds
        moving = [one for one in answering if newest - one.moved_at < STANDSTILL_SECONDS]
        if not moving:
            return []
        slots = sorted(_slot(one) for one in moving)
        leader = slots[-1]
        if len(slots) >= MAJORITY_MIN:
            # The middle one cannot be a lone liar's; whoever is far ahead of it is not believed.
            middle = slots[len(slots) // 2]
            leader = max(slot for slot in slots if slot - middle <= self._lag_slots_max)
        return [one for one in moving if abs(leader - _slot(one)) <= self._lag_slots_max]


def _slot(standing: Standing) -> int:
    return -1 if standing.moment is None else standing.moment.slot


def _now() -> float:  # money-ok: seconds
    # The loop's own time, so that a simulation's passes with its loop.
    return asyncio.get_running_loop().time()
