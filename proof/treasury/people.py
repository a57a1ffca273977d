"""What people, platforms and markets do to a simulated treasury, one thing after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from events.types import (
    ClockTicked,
    FundingPolicySet,
    FundingRequested,
    FxRateSet,
    PlatformLimit,
    WebhookReceived,
)
from proof.treasury.beginning import CLIENT
from proof.treasury.campaigns import Campaign, leap_ms
from proof.treasury.days import MINUTE_MS
from proof.treasury.plan import DOLLAR

if TYPE_CHECKING:
    from collections.abc import Callable

    from events.types import Fact
    from proof.treasury.beginning import PotPlace
    from proof.treasury.world import World

FACTS, POTS = "client-facts", "chain-pots"
PAUSE_SECONDS = (0.0, 0.5, 3.0, 15.0, 70.0)
AMOUNTS = (1, 999_999, DOLLAR, 7 * DOLLAR + 3, 25 * DOLLAR, 90 * DOLLAR, 900 * DOLLAR)
KINDS = ("budget-updated", "campaign-paused", "campaign-resumed")
NOT_A_POT = "ee" * 32


class People:
    """Acts by the dice until the plan's events are over."""

    def __init__(self, world: World) -> None:
        self._world, self._dice = world, world.trouble.dice
        self.campaigns: list[Campaign] = []
        self.requests: list[FundingRequested] = []
        self._said = 0
        acts: dict[Callable[[], None], int] = {
            self.request: 5,
            self.repeat_a_request: 1,
            self.meter: 6,
            self.time_passes: 3,
            self.rate: 1,
            self.webhook: 1,
            self.deposit: 1,
            self.give: 1,
        }
        if world.plan.has_withdrawals:
            acts[self.withdraw] = 2
        self._acts, self._weights = list(acts), list(acts.values())

    def begin(self) -> None:
        """Set the rules, the rates and the campaigns."""
        now_ms = self._world.time.now_ms()
        self._tick()
        if self._world.plan.is_tight:
            self.say(self._rules())
        self.rate()
        for number, pot in enumerate(self._world.ground.pots):
            opened = self._world.ground.opened(pot, now_ms)
            self._world.log.say(POTS, CLIENT, opened, f"opened-{number}", now_ms)
            self.say(opened)
            for nth in range(self._dice.randint(0, 2)):
                campaign = Campaign.of(self._dice, pot.pot, f"c{number}-{nth}", now_ms)
                self.campaigns.append(campaign)
                self.say(campaign.linked(now_ms))

    async def act(self) -> None:
        """Do something, and again, until it is enough."""
        for _ in range(self._world.plan.events):
            await asyncio.sleep(self._dice.choice(PAUSE_SECONDS))
            (act,) = self._dice.choices(self._acts, self._weights)
            self._world.trouble.tell(f"people: {act.__name__}")
            act()

    async def tick(self) -> None:
        """Say each minute which time it is."""
        while True:
            await asyncio.sleep(MINUTE_MS / 1000)
            self._tick()

    def say(self, fact: Fact, name: str | None = None) -> None:
        """Say a fact about the client."""
        self._said += 1
        self._world.log.say(FACTS, CLIENT, fact, name or f"said-{self._said}", self._world.time.now_ms())

    # ---- acts
    def request(self) -> None:
        """Ask for money by hand; once in a while for a pot that nobody knows."""
        pot = NOT_A_POT if self._dice.random() < 0.05 else self._place().pot  # noqa: PLR2004 - once in a while
        fact = FundingRequested(
            request_id=f"request-{len(self.requests) + 1}",
            pot=pot,
            amount_micro_usdc=self._dice.choice(AMOUNTS),
            at_ms=self._world.time.now_ms(),
            by="ana",
            reason="simulated",
        )
        self.requests.append(fact)
        self.say(fact)

    def repeat_a_request(self) -> None:
        """Send a request once more, as whoever had no answer does."""
        if self.requests:
            self.say(self._dice.choice(self.requests))

    def meter(self) -> None:
        """Read all campaigns, and repeat one reading."""
        for campaign in self.campaigns:
            for fact in campaign.until(self._dice, self._world.time.now_ms()):
                self.say(fact)
                if self._dice.random() < 0.2:  # noqa: PLR2004 - one of five
                    self.say(fact)

    def time_passes(self) -> None:
        """Let hours or a day pass."""
        self._world.time.leap(leap_ms(self._dice))
        self._tick()

    def rate(self) -> None:
        """Say what a euro is worth."""
        self.say(
            FxRateSet(
                currency="EUR",
                nano_usdc=self._dice.randint(1_000_000_000, 1_200_000_000),
                as_of_ms=self._world.time.now_ms(),
                source="market",
            )
        )

    def webhook(self) -> None:
        """Let a platform tell of a campaign."""
        if self.campaigns:
            one = self._dice.choice(self.campaigns)
            kind = self._dice.choice(KINDS)
            now_ms = self._world.time.now_ms()
            self.say(WebhookReceived(one.platform, one.account, one.name, kind, now_ms))  # type: ignore[arg-type]  # one of its kinds

    def deposit(self) -> None:
        """Pay into the treasury."""
        self._world.ground.mint(self._world.ground.treasury, self._dice.choice(AMOUNTS))

    def give(self) -> None:
        """Pay into a pot directly, past the program."""
        self._world.ground.mint(self._place().vault, self._dice.randint(1, DOLLAR))

    def withdraw(self) -> None:
        """Take something out of a pot as its authority, under whatever number is next."""
        self._world.ground.withdraw(self._place(), self._dice.randint(1, 5 * DOLLAR))

    # ---- parts
    def _place(self) -> PotPlace:
        return self._dice.choice(self._world.ground.pots)

    def _tick(self) -> None:
        self.say(ClockTicked(self._world.time.now_ms()))

    def _rules(self) -> FundingPolicySet:
        """Return limits so low that they are reached."""
        low = self._dice.choice((50 * DOLLAR, 150 * DOLLAR))
        return FundingPolicySet(
            policy_version=1,
            mode=self._dice.choice(("planned", "ahee")),
            platform_limits=(PlatformLimit("meta", low), PlatformLimit("google_ads", low)),
            other_limit_micro_usdc=low,
            client_limit_micro_usdc=2 * low,
            pot_limit_micro_usdc=low,
        )
