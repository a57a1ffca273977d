"""A local chain in process: call it as a node is called, and let its slots pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from chain.localnet import genesis as beginning
from chain.localnet.core import Core
from chain.localnet.dice import PERMILLE, Dice
from chain.localnet.errors import NODE_UNHEALTHY, AnswerLost, RpcError
from chain.localnet.faults import Faults
from chain.localnet.rpc.methods import answer
from chain.localnet.store import Store
from chain.localnet.views import HONEST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solders.signature import Signature

    from chain.localnet.block import Landed
    from chain.localnet.genesis import Genesis
    from chain.localnet.transaction import Incoming
    from chain.localnet.views import View

SLOT_MS = 400
# Noon in Greenwich on an ordinary day, where nobody says which time it is.
GENESIS_MS = 1_795_262_400_000
FINAL_BLOCKS = 31
SKIP_PERMILLE = 50
WAITING_MAX = 10_000


class LocalChain:
    """One node that is a whole network; nothing in it waits, and nothing happens but by a call."""

    def __init__(
        self,
        store: Store,
        *,
        now_ms: Callable[[], int] | None = None,
        final_blocks: int = FINAL_BLOCKS,
        seed: int = 0,
        skip_permille: int = SKIP_PERMILLE,
    ) -> None:
        known = beginning.read(store.facts())
        if known is None:
            raise ValueError("the store has no beginning; write one with chain.localnet.genesis")
        self.genesis: Genesis = known
        self.genesis_hash = store.facts()["genesis hash"]
        self.dice = Dice(seed)
        self.faults = Faults(self.dice)
        self.on_block: Callable[[], None] | None = None
        """Called when a slot has ended, for those who wait for something to happen."""
        self._store = store
        self._now_ms = now_ms
        self._final_blocks = final_blocks
        self._skip_permille = skip_permille
        self._late: list[tuple[int, Incoming]] = []
        self.core = self._core()

    @classmethod
    def in_memory(
        cls,
        program: bytes,
        *,
        seed: int = 0,
        now_ms: Callable[[], int] | None = None,
        final_blocks: int = FINAL_BLOCKS,
        skip_permille: int = SKIP_PERMILLE,
    ) -> Self:
        """Return a fresh chain with a program on it; everything in it follows from the seed."""
        store = Store()
        at_ms = GENESIS_MS if now_ms is None else now_ms()
        beginning.write(store, beginning.from_seed(seed), program, at_ms)
        return cls(store, now_ms=now_ms, final_blocks=final_blocks, seed=seed, skip_permille=skip_permille)

    @property
    def slot(self) -> int:
        """The slot that is being made."""
        return self.core.blocks.open.slot

    def call(self, method: str, params: Sequence[Any] = (), view: View = HONEST) -> Any:  # noqa: ANN401 - JSON
        """Answer as a node does, or raise `RpcError`; `AnswerLost` when it is done and nobody is told."""
        if self.faults.drawn("refuse", method) is not None:
            raise RpcError(NODE_UNHEALTHY, "Node is unhealthy", {"numSlotsBehind": 1_000})
        lost = self.faults.drawn("lost", method)
        try:
            answered = answer(self, method, params, view)
        except RpcError:
            if lost is None:
                raise
            answered = None
        if lost is not None:
            raise AnswerLost(lost.how, lost.delay_ms)
        return answered

    def deliver(self, incoming: Incoming) -> None:
        """Take a transaction on its way into a block; whether it gets there, nobody says."""
        if self.faults.drawn("drop", "sendTransaction") is not None:
            return
        late = self.faults.drawn("late", "sendTransaction")
        if late is None:
            self.core.submit(incoming)
        elif len(self._late) < WAITING_MAX:
            self._late.append((self.slot + 1 + self.dice.below(late.slots, "late"), incoming))

    def advance(self, slots: int = 1) -> None:
        """Let slots pass, some of them without a block."""
        until = self.slot + slots
        while self.slot < until:
            self.core.advance()
            fork = self.faults.drawn("fork")
            if fork is not None:
                self.fork(1 + self.dice.below(fork.slots, "fork depth"), fork.dropped_permille)
            self._land_late()
        if self.on_block is not None:
            self.on_block()

    def fork(self, depth: int, dropped_permille: int = PERMILLE) -> list[Signature]:
        """Go on from before the newest blocks, none of them final; return what the new fork lacks."""
        return self.core.fork(depth, lambda landed: self._is_dropped(landed, dropped_permille))

    def restart(self, *, keeps_unfinal: bool = True) -> None:
        """Begin again from the store, as after kill -9; some ends lose all that is not final."""
        slot = self.slot + 1
        if not keeps_unfinal:
            self._store.drop_after(self.core.blocks.at("finalized").slot)
        self._late.clear()
        self.core = self._core(slot)

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _core(self, slot_at_least: int = 0) -> Core:
        return Core(
            self._store,
            self._time_ms,
            final_blocks=self._final_blocks,
            dice=self.dice,
            skip_permille=self._skip_permille,
            slot_at_least=slot_at_least,
        )

    def _time_ms(self, slot: int) -> int:
        return GENESIS_MS + slot * SLOT_MS if self._now_ms is None else self._now_ms()

    def _is_dropped(self, landed: Landed, dropped_permille: int) -> bool:
        del landed
        return self.dice.below(PERMILLE, "dropped by a fork") < dropped_permille

    def _land_late(self) -> None:
        due = [incoming for slot, incoming in self._late if slot <= self.slot]
        self._late = [(slot, incoming) for slot, incoming in self._late if slot > self.slot]
        for incoming in due:
            self.core.submit(incoming)
