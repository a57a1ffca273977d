"""An account's commands among lost answers, refusals, people's edits and deaths at any step, in no time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Conflict, Partial, RateLimited, Transient
from connectors.executor.account import AccountWork, Tools
from connectors.executor.entry import Entry
from connectors.executor.watch import ExecutorWatch
from connectors.ports import Campaign
from events.codec import decode
from events.types import CommandApplied, CommandAttempted, CommandFailed, CommandSuperseded
from infra.health import Health
from proof.executor_mutations import MUTATIONS
from tests.executor_cases import BUDGET, OPTIONS, OTHER_BUDGET, budget, pause, resume
from tests.virtual_time import LoopTime, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.executor.command import Command
    from connectors.executor.transactions import Outgoing
    from events.types import Fact

# Within the time of a command, which outlasts all the trouble that a script can bring.
NOT_AFTER_MS = 10**9
Answer = Literal["works", "lost", "reset", "limited", "conflict", "partial"]
Edit = Literal["none", "pause", "resume", "budget", "rename", "remove"]
COMMANDS = {
    "pause": pause("c1", not_after_ms=NOT_AFTER_MS),
    "resume": resume("c1", not_after_ms=NOT_AFTER_MS),
    "budget": budget("c1", not_after_ms=NOT_AFTER_MS),
}


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
    async def intend(self, commands: Sequence[Command], records: Sequence[Outgoing]) -> float:  # noqa: ARG002 - as the real one
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
    def live(self, command: Command) -> None:
        """Let executors follow one another until the command has its outcome."""
        while not self.outcomes:
            self.steps_left = self.trouble.deaths.pop(0) if self.trouble.deaths else None
            try:
                run(self._life(command))
            except Died:
                self.edit()

    async def _life(self, command: Command) -> None:
        time: Any = LoopTime()
        watch = ExecutorWatch(Health("executor"), time)
        this: Any = self
        work = AccountWork("tiktok", "a1", this, Tools(OPTIONS, time, this, watch, asyncio.Semaphore(1)))
        attempt = self.attempts[-1] if self.attempts else None
        work.add(Entry(command, time.now_ms() + OPTIONS.give_up_after_ms, attempt))
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


def check(scene: Scene, command: Command) -> None:
    """Hold a scene's end to what an executor promises."""
    assert len(scene.outcomes) == 1
    assert len(scene.effects) <= 1
    assert scene.writes_over_people == 0
    outcome = scene.outcomes[0]
    if isinstance(outcome, CommandApplied):
        assert command.is_met_by(scene.told_of)
        assert scene.effects or scene.edited_after_attempt
    elif isinstance(outcome, CommandSuperseded) and outcome.reason in {"already-so", "expired"}:
        assert not scene.effects
    elif isinstance(outcome, CommandSuperseded):
        assert scene.told_of != START[command.action]


START = {
    "pause": Campaign("c1", "Shoes", "enabled", BUDGET, "0"),
    "resume": Campaign("c1", "Shoes", "paused", BUDGET, "0"),
    "set-budget": Campaign("c1", "Shoes", "enabled", BUDGET, "0"),
}
troubles = st.builds(
    Trouble,
    answers=st.lists(
        st.sampled_from(["works", "lost", "reset", "limited", "conflict", "partial"]), max_size=6
    ),
    deaths=st.lists(st.integers(0, 12), max_size=4),
    edits=st.lists(st.sampled_from(["none", "pause", "resume", "budget", "rename", "remove"]), max_size=4),
)


@given(st.sampled_from(sorted(COMMANDS)), troubles)
def test_whatever_happens_a_command_takes_effect_once_and_never_over_a_person(
    kind: str, trouble: Trouble
) -> None:
    """One outcome, one effect at most, nothing written over an edit that came after an attempt."""
    command = COMMANDS[kind]
    scene = Scene(trouble, START[command.action])
    scene.live(command)
    check(scene, command)


DEATH_AFTER_THE_WRITE = 5  # look, two steps of the intent, before the write and behind it
SCENES_THAT_TELL = {
    "repeat-without-a-look": lambda: Trouble(answers=["lost"], edits=["resume"]),
    "write-before-the-intent": lambda: Trouble(deaths=[3]),
}


@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
def test_without_its_safeguards_the_property_turns_red(
    monkeypatch: pytest.MonkeyPatch, mutation: str
) -> None:
    """The same scene holds with the safeguard and breaks without it, or the property would say nothing."""
    command = COMMANDS["pause"]
    sound = Scene(SCENES_THAT_TELL[mutation](), START["pause"])
    sound.live(command)
    check(sound, command)
    MUTATIONS[mutation](monkeypatch.setattr)
    broken = Scene(SCENES_THAT_TELL[mutation](), START["pause"])
    broken.live(command)
    with pytest.raises(AssertionError):
        check(broken, command)
