"""The trouble that the demo makes with money: kills in the middle of a funding, and a chain that forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.types import FundingRequested
from headgate.meters import UNIT_MICROS, short

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Sequence

    from events.types import LedgerBooked
    from headgate.demo.bank import Bank
    from headgate.demo.plot import Hands
    from headgate.demo.purse import Pot
    from headgate.demo.story import Story
    from headgate.demo.world import World

BY_HAND_MICRO_USDC: Final = 25 * UNIT_MICROS
WITHDRAWN_MICRO_USDC: Final = 5 * UNIT_MICROS
TROUBLE_MS: Final = 2 * 3_600_000


class MoneyPlot:
    """Scenes about pots, each as those of the plot: does something, then says what it waits for."""

    def __init__(self, story: Story, world: World, hands: Hands, bank: Bank, chance: random.Random) -> None:
        self._story, self._world, self._hands, self._bank, self._chance = story, world, hands, bank, chance
        self._purse = story.purse

    def scenes(self) -> Sequence[tuple[int, str, Callable[[], Iterator[Callable[[], bool]]]]]:
        """Return each scene with the thousandth of the day at which it begins."""
        return (
            (150, "funded by hand", self._by_hand),
            (260, "chain in trouble", self._chain_in_trouble),
            (410, "chain executor killed", self._executor_killed),
            (540, "local chain killed", self._chain_killed),
            (680, "withdrawal", self._withdrawal),
        )

    def _by_hand(self) -> Iterator[Callable[[], bool]]:
        """Let a person fund a pot."""
        pot = self._any_pot()
        request_id = f"demo-{pot.id[:12]}"
        request = FundingRequested(
            request_id, pot.id, BY_HAND_MICRO_USDC, self._world.now_ms(), "demo", "a person wants it"
        )
        self._hands.pay(pot.client, request, f"funding.{request_id}")
        self._say(f"A person funds {pot.client}/{pot.name} with {short(BY_HAND_MICRO_USDC)} USDC")
        yield lambda: self._is_posted(request_id)

    def _chain_in_trouble(self) -> Iterator[Callable[[], bool]]:
        """Let the chain drop what is sent, lose answers and fork; every funding still comes in, once."""
        until_ms = self._world.now_ms() + TROUBLE_MS
        before = len(self._purse.posted)
        self._bank.trouble()
        self._say("For two hours the chain drops transactions, loses answers, and forks")
        yield lambda: self._world.now_ms() >= until_ms
        self._bank.calm()
        under_way = [one.movement_id for one in self._purse.open]
        yield lambda: len(self._purse.posted) > before
        yield lambda: all(id_ in self._purse.outcomes for id_ in under_way)

    def _executor_killed(self) -> Iterator[Callable[[], bool]]:
        """Kill the chain executor while a movement is under way; its next process goes on with it."""
        yield lambda: bool(self._purse.open)
        under_way = [one.movement_id for one in self._purse.open]
        self._hands.kill("chain-executor")
        yield lambda: all(id_ in self._purse.outcomes for id_ in under_way)

    def _chain_killed(self) -> Iterator[Callable[[], bool]]:
        """Kill the chain's only node; what was final is there when it is back."""
        before = len(self._purse.posted)
        self._hands.kill("localnet")
        yield lambda: len(self._purse.posted) > before

    def _withdrawal(self) -> Iterator[Callable[[], bool]]:
        """Let the authority take something out of a pot; the ledger follows."""
        pot = self._any_pot()
        self._bank.withdraw(pot.id, WITHDRAWN_MICRO_USDC)
        self._say(f"The authority takes {short(WITHDRAWN_MICRO_USDC)} USDC out of {pot.client}/{pot.name}")
        yield lambda: any(_is_withdrawn(one, pot) for one in self._purse.booked)

    def _any_pot(self) -> Pot:
        """Choose a pot that holds enough to take something out of it, if there is one."""
        pots = sorted(self._purse.pots.values(), key=lambda pot: pot.id)
        full = [pot for pot in pots if pot.balance_micro_usdc > 2 * WITHDRAWN_MICRO_USDC]
        return self._chance.choice(full or pots)

    def _is_posted(self, request_id: str) -> bool:
        return any(
            getattr(one, "request_id", None) == request_id and id_ in self._purse.outcomes
            for id_, one in self._purse.reserved.items()
        )

    def _say(self, text: str) -> None:
        self._story.tell(text, "world")


def _is_withdrawn(booked: LedgerBooked, pot: Pot) -> bool:
    return booked.what == "withdrawn" and booked.pot == pot.id
