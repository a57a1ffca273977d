"""The trouble that the demo makes, each with how it is to end: scenes that begin at their time and wait."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.pacing.rows import days_before
from events.types import Fact, StopLifted, StopOrdered, TermsSet
from headgate.demo.money_plot import MoneyPlot
from headgate.demo.story import weekday
from headgate.labels import city
from headgate.meters import UNIT_MICROS, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.demo.bank import Bank
    from headgate.demo.orders import Order
    from headgate.demo.seen import SeenAccount, SeenCampaign
    from headgate.demo.story import Story
    from headgate.demo.world import World

HOUR_MS = 3_600_000
# A runaway campaign is to reach its limit within this.
RUNAWAY_MS = HOUR_MS * 3 // 4
RUNAWAY_TIMES_MIN, RUNAWAY_TIMES_MAX = 4, 60
RATE_LIMIT_MS = HOUR_MS // 3
RESTATED_PERMILLE = 970
# Whoever is to be paused must not be so by itself before, nor have too long a way to its limit.
SPENT_PERMILLE_MAX = 950

FEW_HOURS = 6
STOPPED_MS = 2 * HOUR_MS
DEAF_MS = HOUR_MS

Scene = Iterator[Callable[[], bool]]
"""Does something, then says what it waits for, as often as it likes."""


@dataclass(slots=True)
class Running:
    """A scene under way."""

    name: str
    scene: Scene
    waits_for: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Victim:
    """A campaign that something is done to."""

    subject: str
    campaign: str
    name: str


@dataclass(frozen=True, slots=True)
class Hands:
    """What a scene may do beside what it does to the world."""

    kill: Callable[[str], None]
    """Kill a role's process."""
    state: Callable[[str, Fact, str], None]
    """Write what a person states into an account's facts, under an id."""
    pay: Callable[[str, Fact, str], None]
    """Write what a person wants of a client's money into the client's facts, under an id."""
    close_ear: Callable[[bool], None]
    """Let the receiver of alerts send everybody away, or listen again."""


class Plot:
    """Plays its scenes; `open` names those that have not come to their end."""

    def __init__(self, story: Story, world: World, hands: Hands, bank: Bank, *, seed: int) -> None:
        self._story, self._world, self._hands, self._kill = story, world, hands, hands.kill
        self._chance = random.Random(seed)  # noqa: S311 - a choice to be repeated, no secret
        self._money = MoneyPlot(story, world, hands, bank, random.Random(seed))  # noqa: S311 - likewise
        self._begin_ms = self._end_ms = 0
        self._todo: list[tuple[int, str, Callable[[], Scene]]] = []
        self._running: list[Running] = []
        self._taken: set[tuple[str, str]] = set()
        self.done: list[str] = []
        self.victims: dict[str, Victim] = {}
        """Which campaign each scene was about."""

    def begin(self, begin_ms: int, end_ms: int) -> None:
        """Lay the scenes out over the day, by thousandths of it."""
        self._begin_ms, self._end_ms = begin_ms, end_ms
        scenes: Sequence[tuple[int, str, Callable[[], Scene]]] = (
            (20, "runaway", self._runaway),
            (50, "breaker", self._breaker),
            (90, "terms", self._terms),
            (120, "rate limit", self._rate_limit),
            (200, "worker killed", lambda: self._killed("worker-0")),
            (240, "nobody listens", self._nobody_listens),
            (280, "lost answer", self._lost_answer),
            (330, "emergency stop", self._stopped),
            (380, "restatement", self._restatement),
            (440, "poller killed", lambda: self._killed("poller")),
            (500, "person", self._person),
            (580, "notifier killed", lambda: self._killed("notifier")),
            (640, "executor killed", self._executor_killed),
            (720, "projector killed", lambda: self._killed("projector")),
            (780, "second worker killed", lambda: self._killed("worker-1")),
        )
        span_ms = end_ms - begin_ms
        every = sorted((*scenes, *self._money.scenes()), key=lambda scene: scene[0])
        self._todo = [
            (begin_ms + span_ms * permille // 1_000, name, scene) for permille, name, scene in every
        ]

    @property
    def open(self) -> list[str]:
        """The scenes that have not come to their end."""
        return [name for _, name, _ in self._todo] + [one.name for one in self._running]

    def step(self, now_ms: int) -> None:
        """Begin what is due, and go on with what has got what it waited for."""
        while self._todo and self._todo[0][0] <= now_ms:
            _, name, scene = self._todo.pop(0)
            self._running.append(Running(name, scene(), lambda: True))
        for one in list(self._running):
            if one.waits_for():
                self._go_on(one)

    def _go_on(self, one: Running) -> None:
        try:
            one.waits_for = next(one.scene)
        except StopIteration:
            self._running.remove(one)
            self.done.append(one.name)

    # ---- scenes
    def _runaway(self) -> Scene:
        """Let a campaign spend many times as fast; it is paused, and runs again on its next day."""
        victim = self._run_away("runaway", rest_ms=2 * HOUR_MS)
        yield lambda: self._applied(victim, "pause") is not None
        if self._midnight_ms(victim.subject) < self._end_ms:
            yield lambda: self._applied(victim, "resume") is not None
            self._world.runaway(victim.subject, victim.campaign, times=1)

    def _breaker(self) -> Scene:
        """Let a campaign run away for a while; its breaker opens, lets it try, and closes."""
        victim = self._run_away("breaker", rest_ms=FEW_HOURS * HOUR_MS)
        moves = self._story.breakers[victim.subject, victim.campaign]
        yield lambda: "open" in moves
        self._world.runaway(victim.subject, victim.campaign, times=1)
        if self._end_ms - self._world.now_ms() > FEW_HOURS * 2 * HOUR_MS:
            yield lambda: "half_open" in moves
            yield lambda: "closed" in moves

    def _terms(self) -> Scene:
        """Let a person want less of a campaign; its plan follows, and its budget on the platform."""
        account = self._account(FEW_HOURS * HOUR_MS)
        campaign, seen = self._chance.choice(self._candidates(account))
        self._take(account.subject, campaign)
        wanted = (seen.budget_micros or 0) * 3 // 4
        wanted -= wanted % UNIT_MICROS
        terms = TermsSet(
            campaign, 1, account.currency, budget="day", amount_micros=wanted, curve="front", why="demo"
        )
        self._hands.state(account.subject, terms, f"demo.terms.{campaign}")
        self._say(f"A person wants {seen.name} to cost {short(wanted)} {account.currency} a day, early in it")
        yield lambda: sum(seen.plans.get(account.day, ())) == wanted

    def _stopped(self) -> Scene:
        """Stop a campaign at once, and lift the stop later; it stands still in between, whatever the day."""
        account = self._account(STOPPED_MS + HOUR_MS)
        campaign, seen = self._chance.choice(self._candidates(account))
        victim = Victim(account.subject, campaign, seen.name)
        self._take(account.subject, campaign)
        ordered_ms = self._world.now_ms()
        stop_id = f"demo-{campaign}"
        stop = StopOrdered(stop_id, "campaign", campaign, ordered_ms, "the landing page is down", "demo")
        self._hands.state(victim.subject, stop, f"stop.{stop_id}")
        self._say(f"Emergency stop of {victim.name}: its landing page is down")
        yield lambda: self._applied(victim, "pause") is not None
        yield lambda: self._world.now_ms() >= min(ordered_ms + STOPPED_MS, self._end_ms)
        lifted = StopLifted(stop_id, self._world.now_ms(), "the page is back", "demo")
        self._hands.state(victim.subject, lifted, f"stop.{stop_id}.lifted")
        yield lambda: self._applied(victim, "resume") is not None

    def _nobody_listens(self) -> Scene:
        """Let the receiver of alerts be away; what it was to be told waits, and comes when it is back."""
        until_ms = self._world.now_ms() + DEAF_MS
        self._hands.close_ear(True)  # noqa: FBT003 - the one thing that it is told
        self._say("The receiver of alerts is away for an hour")
        yield lambda: self._world.now_ms() >= until_ms
        self._hands.close_ear(False)  # noqa: FBT003 - likewise

    def _rate_limit(self) -> Scene:
        """Let the platform refuse an account for a while; it is read again when it may be."""
        subject = self._chance.choice(sorted(self._story.seen.accounts))
        before = self._story.failures[subject, "rate-limited"]
        self._world.rate_limit(subject, for_ms=RATE_LIMIT_MS)
        self._say(f"The platform limits {self._story.label(subject)} for 20 minutes")
        yield lambda: self._story.failures[subject, "rate-limited"] > before
        yield lambda: not self._story.seen.account(subject).trouble

    def _lost_answer(self) -> Scene:
        """Lose the answer to a pause that took effect; a look shows that it did, and nothing is doubled."""
        victim = self._run_away("lost answer", rest_ms=2 * HOUR_MS)
        self._world.lose_answer(victim.subject)
        self._say(f"The answer to the next change at {self._story.label(victim.subject)} will be lost")
        yield lambda: self._applied(victim, "pause") is not None
        self._world.runaway(victim.subject, victim.campaign, times=1)

    def _restatement(self) -> Scene:
        """Let the platform correct yesterday; the log says by how much."""
        story = self._story
        subject = self._chance.choice(sorted(story.seen.accounts))
        day = days_before(story.seen.account(subject).day, 1)
        before = story.restated[subject, day]
        self._world.restate(subject, day, permille=RESTATED_PERMILLE)
        self._say(f"The platform takes back 3 % of {story.label(subject)}'s {weekday(day)}")
        yield lambda: story.restated[subject, day] < before

    def _person(self) -> Scene:
        """Let a person run a campaign that we paused; we keep off it until its next day."""
        victim = self._run_away("person", rest_ms=3 * HOUR_MS)
        yield lambda: self._applied(victim, "pause") is not None
        self._world.edit(victim.subject, victim.campaign, status="enabled")
        self._say(f"A person lets {victim.name} run again, against us")
        yield lambda: (victim.subject, victim.campaign) in self._story.edits

    def _executor_killed(self) -> Scene:
        """Kill the executor when a command has come to it; its next process goes on with it."""
        victim = self._run_away("executor killed", rest_ms=2 * HOUR_MS)
        yield lambda: self._newest(victim, "pause") is not None
        self._kill("executor")
        yield lambda: self._applied(victim, "pause") is not None
        self._world.runaway(victim.subject, victim.campaign, times=1)

    def _killed(self, role: str) -> Scene:
        """Kill a process in the middle of its work."""
        self._kill(role)
        yield lambda: True

    # ---- what they are made of
    def _run_away(self, name: str, *, rest_ms: int) -> Victim:
        """Let a campaign run away whose account's day lasts long enough, and if possible ends in time."""
        account = self._account(rest_ms)
        campaign, seen = self._chance.choice(self._candidates(account))
        victim = Victim(account.subject, campaign, seen.name)
        self._take(account.subject, campaign)
        self.victims[name] = victim
        budget, spent = seen.target_micros(account.day), seen.spent_micros(account.day)
        day_ms = account.day_end_ms - account.day_start_ms
        left = max(0, budget * 1_120 // 1_000 - spent)
        times = max(RUNAWAY_TIMES_MIN, min(RUNAWAY_TIMES_MAX, -(-left * day_ms // (budget * RUNAWAY_MS))))
        self._world.runaway(victim.subject, campaign, times=times)
        self._say(f"{seen.name} ({city(account.time_zone)}) runs away: {times} times as fast")
        return victim

    def _take(self, subject: str, campaign: str) -> None:
        self._taken.add((subject, campaign))
        self._story.watched.add((subject, campaign))

    def _account(self, rest_ms: int) -> SeenAccount:
        now_ms = self._world.now_ms()
        accounts = [one for one in self._story.seen.accounts.values() if self._candidates(one)]
        fit = [one for one in accounts if now_ms + rest_ms < self._midnight_ms(one.subject)]
        in_time = [one for one in fit if self._midnight_ms(one.subject) + HOUR_MS < self._end_ms]
        chosen = in_time or fit or accounts
        return min(chosen, key=lambda one: (self._midnight_ms(one.subject), self._chance.random()))

    def _candidates(self, account: SeenAccount) -> list[tuple[str, SeenCampaign]]:
        return [
            (campaign, seen)
            for campaign, seen in sorted(account.campaigns.items())
            if seen.status == "enabled"
            and seen.budget_micros
            and (account.subject, campaign) not in self._taken
            and seen.spent_micros(account.day) * 1_000 < seen.target_micros(account.day) * SPENT_PERMILLE_MAX
        ]

    def _midnight_ms(self, subject: str) -> int:
        """Return when the account's next day begins."""
        account, now_ms = self._story.seen.account(subject), self._world.now_ms()
        length_ms = max(account.day_end_ms - account.day_start_ms, HOUR_MS)
        end_ms = account.day_end_ms
        while end_ms <= now_ms:
            end_ms += length_ms
        return end_ms

    def _newest(self, victim: Victim, action: str) -> Order | None:
        orders = (
            order
            for order in self._story.orders.by_id.values()
            if (order.subject, order.campaign, order.action) == (victim.subject, victim.campaign, action)
        )
        return max(orders, key=lambda order: order.order, default=None)

    def _applied(self, victim: Victim, action: str) -> Order | None:
        newest = self._newest(victim, action)
        return newest if newest is not None and newest.outcome == "applied" else None

    def _say(self, text: str) -> None:
        self._story.tell(text, "world")
