"""Turns what a chain executor does into metrics, health and log lines, none of which has a secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chain.errors import BadSignature, NotConfigured, WrongChain
from events.types import MovementFailed, MovementLanded, PotSwitched
from infra import logs, metrics
from infra.commands.watch import LoopWatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chain.errors import ChainError
    from chain.executor.order import Order
    from events.types import PotsObserved
    from events.types.fact import Fact
    from infra.health import Health
    from infra.world_time import WorldTime

CHAIN: Final = "chain"
POTS: Final = "pots"
STUCK: Final = "stuck"
UNIT_MICRO: Final = 1_000_000
# None of these goes away by itself.
_PERSON: Final = (NotConfigured, WrongChain, BadSignature)
_log = logs.get(__name__)


class ChainWatch(LoopWatch):
    """Reports orders, pots and the chain too."""

    def __init__(self, health: Health, time: WorldTime) -> None:
        super().__init__(health)
        self._time = time
        self._wrong: dict[str, tuple[str, ...]] = {}
        self._stuck: dict[str, str] = {}

    def revoked(self) -> None:
        """Note that nothing is ours, and so nobody's trouble is."""
        super().revoked()
        self._wrong.clear()
        self._stuck.clear()
        self._health.condition(POTS, None)
        self._health.condition(STUCK, None)

    # ---- orders
    def reached(self, client: str) -> None:  # noqa: ARG002 - as work tells it
        """Note that the chain has answered."""
        self._health.condition(CHAIN, None)

    def trouble(self, client: str, error: ChainError, orders: int) -> None:
        """Note what went wrong, and whether somebody has to do something about it."""
        name = type(error).__name__
        metrics.CHAIN_RETRIES.labels(name).inc(orders)
        _log.warning("executor.trouble", client=client, reason=name, detail=error.detail, orders=orders)
        if isinstance(error, _PERSON):
            self._health.condition(CHAIN, f"{name}: {error.detail}")

    def stuck(self, order: Order, detail: str) -> None:
        """Note that only a person can tell what became of an order; it stays open."""
        if self._stuck.get(order.id) == detail:
            return
        self._stuck[order.id] = detail
        self._tell_stuck()
        _log.error("executor.stuck", command=order.id, client=order.client, pot=order.wish.pot, detail=detail)

    def signed(self, client: str, orders: int, attempt: int) -> None:
        """Note that a transaction is signed, durable and on its way."""
        metrics.CHAIN_ATTEMPTS.labels("first" if attempt == 1 else "again").inc(orders)
        _log.info("executor.signed", client=client, orders=orders, attempt=attempt)

    def ended(self, order: Order, outcome: Fact, attempts: int) -> None:
        """Note an outcome that is durable."""
        if self._stuck.pop(order.id, None) is not None:
            self._tell_stuck()
        kind, result = order.wish.TYPE, _result(outcome)
        metrics.CHAIN_COMMANDS.labels(kind, result).inc()
        took_ms = max(0, self._time.now_ms() - order.wish.decided_ms)
        took_seconds = self._time.our_seconds(took_ms)
        if isinstance(outcome, MovementLanded | PotSwitched):
            metrics.CHAIN_COMMAND_SECONDS.labels(kind).observe(took_seconds)
        if isinstance(outcome, MovementLanded) and outcome.kind == "fund":
            metrics.CHAIN_FUNDING.observe(outcome.amount_micro_usdc // UNIT_MICRO)
        _log.info(
            f"executor.{outcome.TYPE}",
            command=order.id,
            client=order.client,
            pot=order.wish.pot,
            result=result,
            attempts=attempts,
            ms=round(took_seconds * 1000),
            why=getattr(outcome, "detail", ""),
        )

    # ---- pots
    def observed(self, seen: PotsObserved) -> None:
        """Note that pots were looked at, and what is left for fees."""
        self._health.condition(CHAIN, None)
        metrics.CHAIN_FEE_LAMPORTS.labels(seen.fee_payer).set(seen.fee_lamports)

    def unobserved(self, client: str, error: ChainError) -> None:
        """Note that a client's pots could not be looked at."""
        self.trouble(client, error, 0)
        self._health.condition(CHAIN, f"{type(error).__name__}: {error.detail}")

    def wrong_pots(self, client: str, pots: Sequence[str]) -> None:
        """Note which pots are not what they must be; those are not told of."""
        if tuple(pots) == self._wrong.get(client, ()):
            return
        self._wrong[client] = tuple(pots)
        for pot in pots:
            _log.error("executor.wrong_pot", client=client, detail=pot)
        wrong = [pot for of_client in self._wrong.values() for pot in of_client]
        self._health.condition(POTS, f"{len(wrong)} are not what they must be: {wrong[0]}" if wrong else None)

    def _tell_stuck(self) -> None:
        first = next(iter(self._stuck.items()), None)
        told = (
            None if first is None else f"{len(self._stuck)} orders wait for a person: {first[0]}: {first[1]}"
        )
        self._health.condition(STUCK, told)


def _result(outcome: Fact) -> str:
    match outcome:
        case MovementLanded():
            return "landed"
        case PotSwitched():
            return "switched"
        case MovementFailed(reason=reason):
            return f"failed: {reason}"
        case _:
            return "failed"
