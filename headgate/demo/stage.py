"""The run: the day streams in, workers are killed, and all of it is followed from the outside."""

from __future__ import annotations

import time
from collections import deque
from contextlib import ExitStack
from typing import TYPE_CHECKING

from headgate.board import tenths
from headgate.demo import proof
from headgate.demo.feeder import Feeder
from headgate.demo.killing import Kill, Killer, OpenTransactions, schedule, wall_ms
from headgate.demo.screen import moment
from headgate.demo.script import Script
from headgate.demo.view import Line, Money, Scene
from headgate.demo.watch import Watch
from infra.health import monotonic_ms
from streams.agents.account import ACCOUNT
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headgate.board import Tone
    from headgate.demo.crew import Crew
    from headgate.demo.screen import Screen
    from headgate.demo.script import Plan
    from infra.supervisor import Event
    from streams.engine.options import KafkaConf

LOOK_SECONDS = 0.05
SAMPLE_EACH_MS = 500
STORY_KEPT = 100
# Past the day's end: for the last kills and for what they left over.
CATCH_UP_MS_MAX, CATCH_UP_MS_A_KILL = 60_000, 10_000
# The picture is taken when a worker is down after this share of the run, or at the second mark in any case.
PICTURE_PERMILLE, PICTURE_PERMILLE_MAX = 550, 850


class Stage:
    """One run; afterwards `feeder`, `watch` and `killer` tell what was sent, seen and done."""

    def __init__(
        self, plan: Plan, conf: KafkaConf, crew: Crew, *, kills: int, partitions: Sequence[int]
    ) -> None:
        self._plan, self._crew = plan, crew
        self._show: Callable[[Line], None] = lambda _line: None
        self._closing = ExitStack()
        self._partitions = partitions
        script = Script(plan, len(partitions))
        self.accounts = len(script.accounts)
        self.feeder = Feeder(conf, ACCOUNT.topic, script)
        self._closing.callback(self.feeder.stop)
        decisions = next(iter(set(ACCOUNT.routes.values())))
        self.watch = Watch(
            conf, group=GROUP, source=ACCOUNT.topic, changelog=proof.CHANGELOG, decisions=decisions
        )
        self._closing.callback(self.watch.stop)
        transactions = OpenTransactions(conf, proof.CHANGELOG, partitions)
        workers = len(crew.rows())
        planned = schedule(plan.seed, kills=kills, workers=workers, run_ms=plan.seconds * 1_000)
        self.killer = Killer(planned, crew.supervisor, transactions)
        self.kills_planned = kills
        self.picture: Scene | None = None
        self.drained = False
        self.fed_ms = 0
        self._story: deque[Line] = deque(maxlen=STORY_KEPT)
        self._rates: list[int] = []
        # The newest and the one before it, each when and how many: a rate is over two intervals, for calm.
        self._sampled: deque[tuple[int, int]] = deque(maxlen=2)
        self._begun_ms = 0
        self._down: dict[str, Kill] = {}
        self._up: set[str] = set()
        self._parked_told = 0

    def close(self) -> None:
        """Leave nothing running."""
        self._closing.close()

    def run(self, screen: Screen) -> None:
        """Run from the first record to the end of the last worker."""
        self._show = screen.tell
        with screen.showing(self.scene) as shown:
            self.watch.start(self._partitions)
            self._begun_ms = monotonic_ms()
            self._sampled.append((self._begun_ms, 0))
            self.feeder.start()
            self._tell(
                f"A day begins: {self._plan.campaigns:,} campaigns of {self.accounts} accounts", "plain"
            )
            while not self._is_over():
                self._look()
                shown()
                time.sleep(LOOK_SECONDS)
            self._tell("Draining the workers", "plain")
            self.drained = self._crew.drain()
            self._tell("The workers have ended" if self.drained else "A worker did not end", "plain")

    def scene(self) -> Scene:
        """Return what is to be seen now."""
        offsets, ends = self.watch.offsets, self.feeder.ends
        ledger, durable = self.feeder.ledger, self.watch.spend.totals()
        return Scene(
            now_ms=self.feeder.now_ms,
            elapsed_ms=monotonic_ms() - self._begun_ms if self._begun_ms else 0,
            run_ms=self._plan.seconds * 1_000,
            rates=tuple(self._rates),
            counted=self.feeder.observations_before(offsets),
            sent=ledger.observations,
            money=[
                Money(currency, durable[currency], micros)
                for currency, micros in sorted(ledger.totals.items(), reverse=True)
            ],
            waiting=[max(0, ends.get(one, 0) - offsets.get(one, 0)) for one in self._partitions],
            workers=self._crew.rows(),
            story=list(self._story),
            facts=list(self.watch.facts),
            kills=(len(self.killer.done), self.kills_planned),
        )

    def _is_over(self) -> bool:
        elapsed_ms = monotonic_ms() - self._begun_ms
        patience_ms = CATCH_UP_MS_MAX + CATCH_UP_MS_A_KILL * self.kills_planned
        if elapsed_ms > self._plan.seconds * 1_000 + patience_ms:
            self._tell("The workers do not catch up", "bad")
            return True
        if not self.feeder.is_done:
            return False
        if not self.fed_ms:
            self.fed_ms = elapsed_ms
            self._tell(f"The day is over: {self.feeder.ledger.observations:,} observations sent", "plain")
        if not self.killer.is_through or self._down:
            return False
        caught_up = self.watch.offsets == self.feeder.ends
        if caught_up:
            self._tell("All of them are committed", "good")
        return caught_up

    def _look(self) -> None:
        """Follow what happens, and do the next kill."""
        self.watch.check()
        for event in self._crew.events():
            self._crew.check(event)
            self._on_event(event)
        self._tell_of_parked()
        kill = self.killer.step(monotonic_ms() - self._begun_ms)
        if kill is not None:
            self._on_kill(kill)
        for worker in list(self._up):
            self._settle(worker)
        self._sample()
        self._take_picture()

    def _on_kill(self, kill: Kill) -> None:
        if kill.while_restarting:
            when = "again, while restarting"
        elif kill.open_partitions:
            when = "in the middle of a round"
        else:
            when = "between two rounds"
        self._tell(f"kill -9 {kill.worker} (pid {kill.pid}) {when}", "bad")
        self._down[kill.worker] = kill
        self._up.discard(kill.worker)

    def _on_event(self, event: Event) -> None:
        if event.kind == "ready" and event.role in self._down:
            if event.pid != self._down[event.role].pid:
                self._up.add(event.role)
        elif event.kind in {"died", "killed"} and all(event.pid != kill.pid for kill in self.killer.done):
            self._tell(f"{event.role} {event.detail}", "bad")

    def _settle(self, worker: str) -> None:
        """Say that a killed worker is back, once its new process has committed a round."""
        # After the day nothing comes that it could commit; then all that was sent has to be done.
        done = self.fed_ms and self.watch.offsets == self.feeder.ends
        if done or self._crew.has_committed(worker):
            kill = self._down.pop(worker)
            self._up.discard(worker)
            kill.back_ms = wall_ms()
            away = tenths(kill.back_ms - kill.at_ms)
            self._tell(f"{worker} is back after {away} s, its state restored", "good")

    def _tell_of_parked(self) -> None:
        for place in self.watch.parked[self._parked_told :]:
            self._tell(f"Parked {place}", "plain")
            self._parked_told += 1

    def _sample(self) -> None:
        now_ms = monotonic_ms()
        if now_ms - self._sampled[-1][0] >= SAMPLE_EACH_MS:
            counted, (before_ms, before) = (
                self.feeder.observations_before(self.watch.offsets),
                self._sampled[0],
            )
            self._rates.append((counted - before) * 1_000 // (now_ms - before_ms))
            self._sampled.append((now_ms, counted))

    def _take_picture(self) -> None:
        if self.picture is not None:
            return
        share = (monotonic_ms() - self._begun_ms) // self._plan.seconds
        is_down = bool(self._down) and any(row.state != "ready" for row in self._crew.rows())
        if (share >= PICTURE_PERMILLE and is_down) or share >= PICTURE_PERMILLE_MAX:
            self.picture = self.scene()

    def _tell(self, text: str, tone: Tone) -> None:
        line = Line(moment(), tone, text)
        self._story.append(line)
        self._show(line)
