"""An executor that dies at a step, or stands still there: `python -m tests.executor_child '{...}'`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.executor.executor import Executor
from infra import logs
from infra.commands.commits import Commits
from infra.commands.loop import CommandLoop
from infra.health import Health
from infra.world_time import WorldTime
from proof.executor_mutations import MUTATIONS
from tests.executor_kit import options, tiktok

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.ports import Campaign
    from connectors.tiktok import TikTok
    from infra.commands.transactions import Outgoing

DIED = 9


class Plan(msgspec.Struct):
    """Which executor this is, and where it dies."""

    bootstrap: str
    prefix: str
    url: str
    token: str
    step: str
    slot: str = "0"
    mutation: str = ""
    is_stopped: bool = False
    session_timeout_ms: int = 6_000


class Steps:
    """The platform, with an end at one of the steps around it."""

    def __init__(self, platform: TikTok, plan: Plan) -> None:
        self._platform, self._plan = platform, plan
        self.name, self.lag_ms, self.writes_max = platform.name, platform.lag_ms, platform.writes_max
        self._looks = 0

    def at(self, step: str) -> None:
        """Come to a step; end there if the plan says so."""
        if step != self._plan.step:
            return
        if self._plan.is_stopped:
            self._plan.step = ""
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            os._exit(DIED)

    async def list_campaigns(self, account: str, only: Sequence[str] | None = None) -> list[Campaign]:
        """Look; the first look is before the intent, the second before the outcome."""
        found = await self._platform.list_campaigns(account, only)
        self._looks += 1
        self.at("looked" if self._looks == 1 else "read-back")
        return found

    async def pause(self, account: str, campaigns: Sequence[str]) -> None:
        """Write, with a step on both sides."""
        self.at("intended")
        await self._platform.pause(account, campaigns)
        self.at("written")


def tell_when_let_go() -> None:
    """Say when an executor has dropped what was under way."""
    let_go = CommandLoop._let_go  # noqa: SLF001 - the hook of this process

    async def then_told(self: CommandLoop[Any, Any]) -> None:
        await let_go(self)
        sys.stdout.write("over\n")
        sys.stdout.flush()

    CommandLoop._let_go = then_told  # type: ignore[method-assign] # noqa: SLF001 - the hook of this process


def main() -> None:
    """Run an executor as the plan says."""
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    logs.configure(level="info", format="json", role="executor")
    if plan.mutation:
        MUTATIONS[plan.mutation](setattr)
    steps = Steps(tiktok(plan.url, plan.token), plan)
    tell_when_let_go()
    finish = Commits.finish

    async def then_told(
        self: Commits, places: Sequence[tuple[int, int]], records: Sequence[Outgoing]
    ) -> None:
        await finish(self, places, records)
        steps.at("told")

    Commits.finish = then_told  # type: ignore[method-assign] # the hook of this process
    given = options(plan.bootstrap, plan.prefix, plan.slot, session_timeout_ms=plan.session_timeout_ms)
    executor = Executor(given, {"tiktok": steps}, WorldTime(), Health("executor"))  # type: ignore[dict-item] # only what is used here
    asyncio.run(executor.run(lambda: None))


if __name__ == "__main__":
    main()
