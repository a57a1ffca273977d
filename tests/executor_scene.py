"""A platform with one campaign and a log, which outlive executors that die at any step; in no time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from hypothesis import strategies as st

from connectors.errors import Conflict, Partial, RateLimited, Transient
from connectors.executor.account import AccountWork, Tools
from connectors.executor.entry import Entry
from connectors.executor.watch import ExecutorWatch
from connectors.ports import Campaign
from events.codec import decode
from events.types import CommandApplied, CommandAttempted, CommandFailed, CommandSuperseded
from infra.health import Health
from tests.executor_cases import OPTIONS, OTHER_BUDGET
from tests.virtual_time import LoopTime, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.executor.command import Command
    from events.types import Fact
    from infra.commands.transactions import Outgoing

# Within the time of a command, which outlasts all the trouble that a script can bring.
NOT_AFTER_MS = 10**9
Answer = Literal["works", "lost", "reset", "limited", "conflict", "partial"]
Edit = Literal["none", "pause", "resume", "budget", "rename", "remove"]


class Died(BaseException):
    """The process ended here, whatever was under way."""


@dataclass
class Trouble:
    """What meets an executor: how each write is answered, where it dies, and what a person does then."""

    answers: list[Answer] = field(default_factory=list)
    deaths: list[int] = field(default_factory=list)
    """After how many steps of a life it ends."""
    edits: list[Edit] = field(default_factory=list)
    """After a death, and before an answer is lost."""


class Scene:
    """A platform with one campaign, and a log; both outlive every executor."""

    def __init__(self, trouble: Trouble, campaign: Campaign) -> None:
        self.trouble, self.campaign = trouble, campaign
        self.name, self.lag_ms, self.writes_max = "tiktok", 0, 20
        self.attempts: list[CommandAttempted] = []
        self.outcomes: list[Fact] = []
        self.effects: list[Campaign] = []
        self.writes_over_people = 0
        self.edited_after_attempt = False
        self.told_of = campaign
        """How the campaign stood when its outcome was told."""
        self.steps_left: int | None = None
        self._changes = 0

    # ---- steps
    def step(self) -> None:
        """Come to a step, at which a life may end."""
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise Died

    def edit(self) -> None:
        """Let a person do what the script says."""
        kind = self.trouble.edits.pop(0) if self.trouble.edits else "none"
        changes: dict[str, Any] = {
            "none": {},
            "pause": {"status": "paused"},
            "resume": {"status": "enabled"},
            "budget": {"daily_budget_micros": OTHER_BUDGET + 1},
            "rename": {"name": "Boots"},
            "remove": {"status": "removed"},
        }[kind]
        if self.campaign.status != "removed" and self._change(**changes):
            self.edited_after_attempt |= bool(self.attempts)

    def _change(self, **changes: Any) -> bool:  # noqa: ANN401 - any field
        changed = replace_campaign(self.campaign, **changes)
        if changed == self.campaign:
            return False
        self._changes += 1
        self.campaign = replace_campaign(changed, mark=str(self._changes))
        return True

    # ---- the platform
    async def list_campaigns(self, account: str, only: Sequence[str] | None = None) -> list[Campaign]:  # noqa: ARG002 - the port's signature
        """Return the campaign, slowly."""
        self.step()
        await asyncio.sleep(0.01)
        return [self.campaign]

    async def pause(self, account: str, campaigns: Sequence[str]) -> None:  # noqa: ARG002 - the port's signature
        """Pause it, as the script allows."""
        await self.write(status="paused")

    async def resume(self, account: str, campaigns: Sequence[str]) -> None:  # noqa: ARG002 - the port's signature
        """Resume it, as the script allows."""
        await self.write(status="enabled")

    async def set_budget(self, account: str, campaign: str, daily_budget_micros: int) -> None:  # noqa: ARG002 - the port's signature
        """Give it a budget, as the script allows."""
        await self.write(daily_budget_micros=daily_budget_micros)

    async def write(self, **changes: Any) -> None:  # noqa: ANN401 - any field
        """Change the campaign, or not, and say so, or not."""
        self.step()
        await asyncio.sleep(0.01)
        answer = self.trouble.answers.pop(0) if self.trouble.answers else "works"
        now_ms = round(asyncio.get_running_loop().time() * 1000)
        match answer:
            case "limited":
                raise RateLimited("tiktok", "too many", retry_at_ms=now_ms + 1_000, scope="second")
            case "conflict":
                raise Conflict("tiktok", "somebody else writes")
            case "partial":
                raise Partial("tiktok", "not for all", failed={"c1": Transient("tiktok", "not now")})
            case "reset":
                raise Transient("tiktok", "reset")
            case "works" | "lost":
                self.writes_over_people += self.edited_after_attempt
                if self._change(**changes):
                    self.effects.append(self.campaign)
        self.step()
        if answer == "lost":
            self.edit()
            raise Transient("tiktok", "reset")

    # ---- the log
    async def intend(self, places: Sequence[tuple[int, int]], records: Sequence[Outgoing]) -> float:  # noqa: ARG002 - as the real one
        """Keep attempts."""
        self.step()
        await asyncio.sleep(0.01)
        self.attempts += [read(record, CommandAttempted) for record in records]
        self.step()
        return float("inf")  # a lease that never ends: the loop's time is not ours

    async def finish(self, places: Sequence[tuple[int, int]], records: Sequence[Outgoing]) -> None:  # noqa: ARG002 - as the real one
        """Keep outcomes."""
        self.step()
        await asyncio.sleep(0.01)
        self.outcomes += [
            read(record, CommandApplied, CommandSuperseded, CommandFailed) for record in records
        ]
        self.told_of = self.campaign
        self.step()

    # ---- lives
    def live(self, *commands: Command) -> None:
        """Let executors follow one another until the commands have their outcomes."""
        while len(self.outcomes) < len(commands):
            self.steps_left = self.trouble.deaths.pop(0) if self.trouble.deaths else None
            try:
                run(self._life(commands))
            except Died:
                self.edit()

    def outcome_of(self, command: Command) -> Any:  # noqa: ANN401 - one of the outcomes
        """Return what became of a command."""
        return next(one for one in self.outcomes if getattr(one, "command_id", None) == command.id)

    async def _life(self, commands: Sequence[Command]) -> None:
        time: Any = LoopTime()
        watch = ExecutorWatch(Health("executor"), time)
        this: Any = self
        tools = Tools(OPTIONS, time, this, watch, asyncio.Semaphore(1))
        work = AccountWork("tiktok", "a1", this, tools)
        attempts = {attempt.command_id: attempt for attempt in self.attempts}
        done = {getattr(one, "command_id", None) for one in self.outcomes}
        for command in commands:
            # Those that are done are read again too, as they are at an assignment.
            tools.own.hear(command)
            if command.id not in done:
                gives_up_ms = time.now_ms() + OPTIONS.give_up_after_ms
                work.add(Entry(command, gives_up_ms, attempts.get(command.id)))
        await work.run()


def read(record: Outgoing, *kinds: type[Any]) -> Any:  # noqa: ANN401 - one of the kinds
    """Return a record's fact."""
    fact = decode(record.headers, record.value).data
    assert isinstance(fact, kinds)
    return fact


def replace_campaign(campaign: Campaign, **changes: Any) -> Campaign:  # noqa: ANN401 - any field
    """Return a campaign with changes."""
    fields = {name: getattr(campaign, name) for name in Campaign.__struct_fields__}
    return Campaign(**{**fields, **changes})


troubles = st.builds(
    Trouble,
    answers=st.lists(
        st.sampled_from(["works", "lost", "reset", "limited", "conflict", "partial"]), max_size=6
    ),
    deaths=st.lists(st.integers(0, 12), max_size=4),
    edits=st.lists(st.sampled_from(["none", "pause", "resume", "budget", "rename", "remove"]), max_size=4),
)
