"""How the run comes to rest: nothing is spent, and everything is read, decided, done and written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.pacing.rows import days_before
from infra.health import monotonic_ms
from projections import query
from streams import agents, reading
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.demo.crew import Crew
    from headgate.demo.ear import Ear
    from headgate.demo.story import Story
    from headgate.demo.world import World
    from infra.settings import Settings
    from streams.agent import Agent
    from streams.engine.options import KafkaConf

# Longer than a poll, a command's retries and a restart together; then the proof says what is missing.
PATIENCE_MS = 90_000
ASK_EACH_MS = 500
POSITIONS_SQL = "SELECT topic, partition, max(next_offset) FROM positions GROUP BY topic, partition"


class Settling:
    """Brings the run to rest, one role after the other; `late` names those that did not end when asked."""

    def __init__(
        self, settings: Settings, conf: KafkaConf, crew: Crew, world: World, story: Story, ear: Ear
    ) -> None:
        self._settings, self._conf, self._ear = settings, conf, ear
        self._crew, self._world, self._story = crew, world, story
        self._frozen_ms = 0
        self._is_decided = False
        self.late: list[str] = []

    def steps(self) -> Iterator[Callable[[], bool]]:
        """Do each step, and say what it waits for."""
        self._world.freeze()
        self._frozen_ms = self._world.now_ms()
        yield self._patiently(self._all_is_read, "the accounts are not read to their end")
        self._drain("poller", "clock")
        yield self._patiently(self._all_is_decided, "the agents do not catch up")
        yield self._patiently(self._all_is_paid, "movements of money do not end")
        self._drain("executor", "chain-executor")
        yield self._patiently(self._all_is_decided, "the agents do not catch up")
        self._drain(*self._workers())
        yield self._patiently(self._all_is_told, "the receiver of alerts is not told of all")
        self._drain("notifier")
        yield self._patiently(self._all_is_projected, "ClickHouse does not catch up")
        self._drain("projector")
        self._story.tell("Everything is read, decided, done and written down", "good")

    def _patiently(self, is_over: Callable[[], bool], or_else: str) -> Callable[[], bool]:
        """Wait for something, for so long, and ask not too often."""
        begun_ms = monotonic_ms()
        asked_ms = 0

        def look() -> bool:
            nonlocal asked_ms
            now_ms = monotonic_ms()
            if now_ms - asked_ms < ASK_EACH_MS:
                return False
            asked_ms = now_ms
            if is_over():
                return True
            if now_ms - begun_ms > PATIENCE_MS:
                self._story.tell(f"Given up waiting: {or_else}", "bad")
                return True
            return False

        return look

    def _drain(self, *roles: str) -> None:
        self.late += self._crew.drain(*roles)

    def _workers(self) -> list[str]:
        return [row.name for row in self._crew.rows() if row.name.startswith("worker-")]

    def _all_is_read(self) -> bool:
        """Say whether every account's days are known to be whole up to when nothing was spent any more."""
        complete = self._story.complete_ms
        for subject, account in self._story.seen.accounts.items():
            # The day before may have ended a moment ago; those before that were whole long since.
            wanted = {account.day: self._frozen_ms, days_before(account.day, 1): account.day_start_ms}
            if any(
                complete.get((subject, day), 0) < min(until, self._frozen_ms) for day, until in wanted.items()
            ):
                return False
        return True

    def _all_is_decided(self) -> bool:
        """Say whether the agents have taken in every fact, and every command has its outcome."""
        is_over = not any(map(self._is_behind, agents.ALL)) and not self._story.orders.open()
        # What was just committed may have led to a command that nobody has read yet: twice in a row counts.
        was_over, self._is_decided = self._is_decided, is_over
        return is_over and was_over

    def _is_behind(self, agent: Agent) -> bool:
        committed = reading.committed_offsets(self._conf, GROUP, agent.topic)
        return any(
            committed.get(partition, 0) < end
            for (topic, partition), end in self._story.ends.items()
            if topic == agent.topic
        )

    def _all_is_paid(self) -> bool:
        """Say whether every movement of money has its outcome."""
        return not self._story.purse.open

    def _all_is_told(self) -> bool:
        """Say whether everything grave has reached its receiver."""
        return self._story.loud <= {one.id for one in self._ear.heard}

    def _all_is_projected(self) -> bool:
        """Say whether every record that there is has come into the tables."""
        rows = query.ask(self._settings, POSITIONS_SQL).rows
        there = {(topic, partition): offset for topic, partition, offset in rows}
        return all(there.get(place, 0) >= end for place, end in self._story.ends.items())
