"""The trouble of a run: runaway campaigns, people's edits, faults of the platform, kills, a broker's end."""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from events.types import CommandAttempted, PauseCampaign, ResumeCampaign
from infra.kafka import LocalKafka
from proof.path.crew import Crew, StalledError
from proof.path.platform import Platform
from proof.path.tail import Tail
from proof.path.world import PathWorld

Say = Callable[[str], None]
STATUS = "campaign/status/update/"
# Of a thousand requests so many meet each of these, over the whole run.
FAULTS: tuple[dict[str, object], ...] = (
    {"kind": "code", "code": 40_100, "permille": 8},
    {"kind": "code", "code": 50_000, "permille": 15},
    {"kind": "code", "code": 50_002, "permille": 8},
    {"kind": "code", "code": 60_001, "permille": 8},
    {"kind": "html", "permille": 15},
    {"kind": "reset", "permille": 15},
    {"kind": "half-json", "permille": 8},
    {"kind": "half-page", "permille": 8},
    {"kind": "wrong-total", "permille": 8},
    {"kind": "slow", "permille": 15, "delay_ms": 400},
    {"kind": "lost", "endpoint": STATUS, "permille": 250},
    {"kind": "reset", "endpoint": STATUS, "permille": 100},
    # Long enough that a kill finds a write that has happened and was not answered.
    {"kind": "slow", "endpoint": STATUS, "permille": 300, "delay_ms": 150},
)
UNDER_WAY_SECONDS = 6.0
# A successor takes longer to start.
EFFECT_SECONDS = 0.6
EDIT_EACH_SECONDS = 3.0
RUNAWAYS_AT_ONCE = 2
# Each look reads the whole log.
SETTLE_EACH_SECONDS = 2.0


class Trouble:
    """Makes trouble until there was enough of it."""

    def __init__(self, world: PathWorld, crew: Crew, platform: Platform, say: Say) -> None:
        self.world, self.crew, self.platform, self.say = world, crew, platform, say
        self.random = random.Random(world.terms.seed)  # noqa: S311 - to be repeatable
        self.faults: Counter[str] = Counter()
        self._tails = [Tail(world.conf, topic) for topic in ("platform-commands", "platform-attempts")]
        self._edit_due = 0.0
        self._seen = 0
        self._by: dict[tuple[str, str], dict[str, Any]] = {}
        """The newest status entry of each campaign."""

    def close(self) -> None:
        """Let go of the broker."""
        for tail in self._tails:
            tail.close()

    def begin(self) -> None:
        """Switch the platform's faults on."""
        for fault in FAULTS:
            self.platform.fault(**fault)

    def kill_all(self, kafka: LocalKafka) -> None:
        """Kill roles one after the other, and in the middle of it the broker."""
        kills = self.world.terms.kills
        for number in range(kills):
            target = self.world.terms.targets[number % len(self.world.terms.targets)]
            self.crew.until_ready(target)
            self._meanwhile(self.random.uniform(0.3, 2.0))
            if target == "executor":
                self._kill_in_a_write()
            else:
                self._kill(target)
            if number == kills // 2 and self.world.terms.kills_broker:
                self._broker(kafka)

    def until_hour(self, hours: float) -> None:
        """Go on without kills until so many hours of the world have passed."""
        while self.world.hours_gone < hours:
            self.crew.check()
            self._meanwhile(0.5)

    def end(self) -> None:
        """Count what the platform did to us, and let it be good from now on."""
        for fault in self.platform.faults():
            if fault["happened"]:
                self.faults[f"platform: {fault['kind']}"] += fault["happened"]
        self.platform.no_faults()

    def _kill(self, target: str) -> None:
        if self.crew.kill(target):
            self.say(f"{self.world.hours_gone:5.1f} h  kill -9 {target}, {self.crew.killed.total()} so far")

    def _kill_in_a_write(self) -> None:
        """Kill the executor while a command is under way; a person may be quicker than its successor."""
        moment = self.random.choice(("command", "attempt", "effect", "effect"))
        tail = self._tails[moment != "command"]
        tail.skip()
        self._run_away()
        begun = self._next(tail)
        if begun is None:
            self._kill("executor")
            return
        if moment == "effect":
            self._until_effect(*begun)
        else:
            time.sleep(self.random.choice((0.0, 0.02, 0.05, 0.1, 0.2)))
        self._kill("executor")
        self.faults["kill in a write"] += 1
        if self._until_effect(*begun) and self.random.random() < 0.6:  # noqa: PLR2004 - more often than not
            self.platform.edit(*begun, status="enabled")
            self.faults["edit in a write"] += 1

    def _until_effect(self, account: str, campaign: str) -> bool:
        """Wait a moment for a pause to be in force; say whether it is."""
        deadline = time.monotonic() + EFFECT_SECONDS
        while not self._is_paused_by_us(account, campaign):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _next(self, tail: Tail) -> tuple[str, str] | None:
        """Return the account and campaign of the next command or attempt."""
        deadline = time.monotonic() + UNDER_WAY_SECONDS
        while time.monotonic() < deadline:
            event = tail.next(0.1)
            if event is not None and isinstance(
                event.data, CommandAttempted | PauseCampaign | ResumeCampaign
            ):
                return event.envelope.subject.rpartition("/")[2], event.data.campaign
        return None

    def _broker(self, kafka: LocalKafka) -> None:
        self.say(f"{self.world.hours_gone:5.1f} h  kill -9 the broker, and start it again")
        kafka.kill(0)
        kafka.restart(0)
        self.faults["broker killed"] += 1

    def _meanwhile(self, seconds: float) -> None:
        """Let some time pass, in which campaigns run away and people edit."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if time.monotonic() >= self._edit_due:
                self._edit_due = time.monotonic() + EDIT_EACH_SECONDS
                self._run_away()
                self._edit()
            time.sleep(min(left, 0.1))

    def _run_away(self) -> None:
        enabled = self._campaigns("enabled")
        for account, campaign in self.random.sample(enabled, min(RUNAWAYS_AT_ONCE, len(enabled))):
            self.platform.runaway(account, campaign["campaign"], self.random.choice((6_000, 20_000)))
            self.faults["runaway"] += 1

    def _edit(self) -> None:
        kind = self.random.choice(("undo", "pause", "budget", "name"))
        wanted = self._campaigns("paused" if kind == "undo" else "enabled")
        if kind == "undo":
            wanted = [one for one in wanted if self._is_paused_by_us(one[0], one[1]["campaign"])]
        if not wanted:
            return
        account, campaign = self.random.choice(wanted)
        edits: dict[str, dict[str, object]] = {
            "undo": {"status": "enabled"},
            "pause": {"status": "paused"},
            "budget": {
                "daily_budget_micros": (campaign["daily_budget_micros"] or 10**9) // 10**7 * 15 * 10**6
            },
            "name": {"name": f"{campaign['name']} (again)"[:100]},
        }
        self.platform.edit(account, campaign["campaign"], **edits[kind])
        self.faults[f"edit: {kind}"] += 1

    def _campaigns(self, status: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (account["account"], campaign)
            for account in self.platform.state()["accounts"]
            for campaign in account["campaigns"]
            if campaign["status"] == status
        ]

    def _is_paused_by_us(self, account: str, campaign: str) -> bool:
        for entry in self.platform.journal(self._seen):
            self._seen = entry["number"]
            if entry["what"] == "status" and entry["has_effect"]:
                self._by[entry["account"], entry["campaign"]] = entry
        newest = self._by.get((account, campaign), {})
        return (newest.get("who"), newest.get("after")) == ("api", "paused")


def wait_until(true: Callable[[], bool], seconds: float, what: str, crew: Crew) -> None:
    """Wait for something while roles are watched; a path that does not get there has stalled."""
    deadline = time.monotonic() + seconds
    while not true():
        crew.check()
        if time.monotonic() > deadline:
            raise StalledError(f"waited {seconds:g} s for {what}")
        time.sleep(SETTLE_EACH_SECONDS)
