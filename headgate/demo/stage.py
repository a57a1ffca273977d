"""The run: the simulated day goes on, trouble is made, and all of it is followed from the outside."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median_low
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from events import topics as catalogue
from headgate import publishing
from headgate.board import tenths
from headgate.demo.bank import NAMES
from headgate.demo.follow import Follow
from headgate.demo.plot import Hands, Plot
from headgate.demo.settling import Settling
from headgate.demo.story import PASSING, Story
from headgate.demo.view import AccountRow, CampaignRow, MoneyRow, Scene
from headgate.meters import Meter
from infra.health import monotonic_ms

if TYPE_CHECKING:
    from events.types import Fact
    from headgate.demo.bank import Bank
    from headgate.demo.crew import Crew
    from headgate.demo.ear import Ear
    from headgate.demo.follow import Told
    from headgate.demo.screen import Screen
    from headgate.demo.seen import SeenAccount
    from headgate.demo.setup import Programme
    from headgate.demo.view import Line
    from headgate.demo.world import World
    from headgate.potting.book import Campaign
    from infra.settings import Settings
    from infra.supervisor import Event
    from streams.engine.options import KafkaConf

LOOK_SECONDS = 0.05
FACTS = "account-facts"
HOUR_MS = 3_600_000
# Of our time; a scene that has not come to its end by then has failed.
PATIENCE_MS = 60_000
MONEY = "client-facts"
FOLLOWED = (
    FACTS,
    "account-decisions",
    "platform-commands",
    "platform-attempts",
    MONEY,
    "client-decisions",
    "dead-letters",
)
# The picture is of a moment late in the day when a role is down, or of the second mark in any case.
PICTURE_PERMILLE, PICTURE_PERMILLE_MAX = 700, 850


@dataclass(frozen=True, slots=True)
class Outside:
    """What is not Headgate: ad platforms, a chain, and whoever is told of alerts."""

    world: World
    bank: Bank
    ear: Ear


class Stage:
    """One run; afterwards `story`, `plot` and `deaths` tell what was seen and done."""

    def __init__(
        self,
        settings: Settings,
        conf: KafkaConf,
        crew: Crew,
        outside: Outside,
        programme: Programme,
    ) -> None:
        world, ear = outside.world, outside.ear
        self._settings, self._crew, self.world = settings, crew, world
        self._conf, self._ear, self._bank = conf, ear, outside.bank
        self._hours_ms = programme.hours * HOUR_MS
        self._show: Any = None
        # Records are taken in by one thread and looked at by others.
        self._lock = threading.RLock()
        self.story = Story(world.now_ms, self._tell)
        hands = Hands(self._kill, self._state, self._pay, self._close_ear)
        self.plot = Plot(self.story, world, hands, outside.bank, seed=programme.seed)
        known = {topic.name for topic in catalogue.load().topics}
        self.follow = Follow(conf, [topic for topic in FOLLOWED if topic in known], self._take)
        self._settling = Settling(settings, conf, crew, world, self.story, ear)
        self._closing = ExitStack()
        self._closing.callback(self.follow.stop)
        self._begin_ms = self._end_ms = 0
        self._died_ms: dict[str, int] = {}
        self._back_ms: dict[str, list[int]] = {}
        self.kills = 0
        self.late: list[str] = []
        self.picture: Scene | None = None

    @property
    def away_ms(self) -> list[int]:
        """For how long each role that was killed was away."""
        return sorted(ms for away in self._back_ms.values() for ms in away)

    def days_of(self, account: SeenAccount) -> list[str]:
        """Return the account's days of which the run has seen some hours."""
        zone = ZoneInfo(account.time_zone)
        first = datetime.fromtimestamp(self._begin_ms // 1_000, zone).date().isoformat()
        return sorted(day for day in account.spent_micros if day >= first)

    def close(self) -> None:
        """Leave nothing running."""
        self._closing.close()

    def run(self, screen: Screen) -> None:
        """Run from the first read to the last outcome."""
        self._show = screen.tell
        self.follow.start()
        with screen.showing(self.scene) as shown:
            self._until(self._knows_its_budgets, shown)
            self._begin_ms = self.world.now_ms()
            self._end_ms = self._begin_ms + self._hours_ms
            self._bank.link(self._payers())
            self.plot.begin(self._begin_ms, self._end_ms)
            self.story.tell("A day begins; Headgate meters it and plans every campaign's hours")
            self._until(self._day_is_over, shown)
            self.story.tell("The day is over: nothing is spent from now on, reports catch up")
            for step in self._settling.steps():
                self._until(step, shown)
            self.late = self._settling.late

    def scene(self) -> Scene:
        """Return what is to be seen now."""
        with self._lock:
            now_ms, orders = self.world.now_ms(), self.story.orders.by_id.values()
            applied = [order for order in orders if order.outcome == "applied"]
            pauses = [order for order in applied if order.action == "pause"]
            took = [(one.done_ms or 0) - one.page_ms for one in pauses if one.page_ms is not None]
            return Scene(
                now_ms=now_ms,
                begun_ms=self._begin_ms or now_ms,
                ends_ms=self._end_ms or now_ms + self._hours_ms,
                speed=self._settings.time.speed,
                accounts=self._accounts(now_ms),
                roles=self._crew.rows(),
                story=list(self.story.lines),
                observations=self.story.observations,
                pauses=len(pauses),
                resumes=sum(order.action == "resume" for order in applied),
                steps=sum(order.action == "set-budget" for order in applied),
                alerts=self.story.alerts,
                told=len(self._ear.heard),
                money=self._money(),
                reaction_ms=median_low(took) if took else None,
                quickest=self._quickest,
            )

    def _quickest(self, count: int) -> list[CampaignRow]:
        with self._lock:
            accounts = [(self.story.label(one.subject), one) for one in self.story.seen.accounts.values()]
            rows = [
                CampaignRow(seen.name, label, account.currency, account.meter(seen), seen.is_held)
                for label, account in accounts
                for seen in account.campaigns.values()
                if seen.budget_micros
            ]
        rows.sort(key=lambda row: (not row.is_held, -(row.meter.ratio_permille or 0), row.name))
        return rows[:count]

    def _money(self) -> MoneyRow:
        purse = self.story.purse
        pots = purse.pots.values()
        return MoneyRow(
            pots=len(pots),
            balance_micro_usdc=sum(pot.balance_micro_usdc for pot in pots),
            funded_micro_usdc=sum(pot.funded_micro_usdc for pot in pots),
            settled_micro_usdc=sum(pot.settled_micro_usdc for pot in pots),
            fundings=purse.fundings,
            pending=len(purse.open),
        )

    def _accounts(self, now_ms: int) -> list[AccountRow]:
        rows = []
        for subject, account in sorted(self.story.seen.accounts.items()):
            if not account.time_zone:
                continue
            local = datetime.fromtimestamp(now_ms // 1_000, UTC).astimezone(ZoneInfo(account.time_zone))
            rows.append(
                AccountRow(
                    label=self.story.label(subject),
                    currency=account.currency,
                    local=f"{local:%H:%M}",
                    meter=Meter(
                        account.spent_micros[account.day], account.budget_micros(), account.expected_micros()
                    ),
                    running=account.count("enabled"),
                    held=account.held(),
                    read_ago_ms=max(0, now_ms - account.as_of_ms) if account.as_of_ms else None,
                    trouble="" if account.trouble == PASSING else account.trouble,
                )
            )
        return rows

    def _until(self, is_over: Any, shown: Any) -> None:  # noqa: ANN401 - callables without arguments
        """Follow what happens until something is so."""
        while True:
            self.follow.check()
            self._bank.check()
            for at_ms, event in self._crew.events():
                self._crew.check(event)
                self._on_event(at_ms, event)
            with self._lock:
                if is_over():
                    return
                self.plot.step(self.world.now_ms())
                self.story.settle()
            self._take_picture()
            shown()
            time.sleep(LOOK_SECONDS)

    def _knows_its_budgets(self) -> bool:
        accounts = self.story.seen.accounts
        known = [one for one in accounts.values() if one.day and one.budget_micros()]
        return len(known) == len(self._settings.accounts)

    def _payers(self) -> dict[tuple[str, str], list[Campaign]]:
        """Let a client's first pot pay a campaign of each of its accounts, and the second one another."""
        found: dict[tuple[str, str], list[Campaign]] = defaultdict(list)
        for subject, account in sorted(self.story.seen.accounts.items()):
            client, platform, number = subject.split("/")
            running = [
                (seen.budget_micros, campaign)
                for campaign, seen in account.campaigns.items()
                if seen.budget_micros and seen.status == "enabled"
            ]
            for (_, campaign), name in zip(sorted(running, reverse=True), NAMES, strict=False):
                found[client, name].append((platform, number, campaign))
        return found

    def _day_is_over(self) -> bool:
        """Say whether the day has passed; on a busy machine it lasts until its trouble is overcome."""
        late_ms = self.world.now_ms() - self._end_ms
        return late_ms >= (PATIENCE_MS * self._settings.time.speed if self.plot.open else 0)

    def _take(self, told: Told) -> None:
        with self._lock:
            self.story.take(told)

    def _tell(self, line: Line) -> None:
        if self._show is not None:
            self._show(line)

    def _kill(self, role: str) -> None:
        pid = self._crew.kill(role)
        if pid is not None:
            self.kills += 1
            self._died_ms[role] = monotonic_ms()
            self.story.tell(f"kill -9 {role} (pid {pid})", "bad")

    def _state(self, subject: str, fact: Fact, id_: str) -> None:
        publishing.publish(
            self._conf, FACTS, subject, fact, id=id_, source="headgate/demo", what="what a person said"
        )

    def _pay(self, client: str, fact: Fact, id_: str) -> None:
        publishing.publish(
            self._conf, MONEY, client, fact, id=id_, source="headgate/demo", what="what a person wants"
        )

    def _close_ear(self, is_closed: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        self._ear.deaf = is_closed

    def _on_event(self, at_ms: int, event: Event) -> None:
        if event.kind == "ready" and event.role in self._died_ms:
            away_ms = at_ms - self._died_ms.pop(event.role)
            self._back_ms.setdefault(event.role, []).append(away_ms)
            with self._lock:
                self.story.tell(f"{event.role} is back after {tenths(away_ms)} s", "good")
        elif event.kind == "died" and event.role not in self._died_ms:
            with self._lock:
                self.story.tell(f"{event.role} {event.detail}", "bad")

    def _take_picture(self) -> None:
        if self.picture is None and self._begin_ms:
            done = (self.world.now_ms() - self._begin_ms) * 1_000 // max(self._hours_ms, 1)
            is_down = any(row.state != "ready" for row in self._crew.rows())
            if done >= PICTURE_PERMILLE_MAX or (done >= PICTURE_PERMILLE and is_down):
                self.picture = self.scene()
