"""What an executor is told, and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infra.commands.options import CommandOptions, CommandTopics
from infra.retry import Backoff

GROUP: Final = "headgate-executor"
# Commands may be decided from what those before them have changed.
LOOK_BACK_COMMANDS: Final = 256

_RETRY: Final = Backoff(delay_ms=500, delay_ms_max=60_000)
_LOOK: Final = Backoff(delay_ms=200, delay_ms_max=2_000)


@dataclass(frozen=True, slots=True)
class Topics(CommandTopics):
    """Where the executor reads and writes; tests have topics of their own."""

    commands: str = "platform-commands"
    attempts: str = "platform-attempts"
    outcomes: str = "account-facts"
    dead_letters: str = "dead-letters"


_TOPICS: Final = Topics()


@dataclass(frozen=True, slots=True)
class ExecutorOptions(CommandOptions):
    """Settings of one executor; times of the product are in world time, those of Kafka in ours."""

    group: str = GROUP
    topics: CommandTopics = _TOPICS
    who: str = "executor"
    look_back_commands: int = LOOK_BACK_COMMANDS
    give_up_after_ms: int = 3_600_000
    accounts_at_once_max: int = 16
    campaigns_at_once_max: int = 100
    retry: Backoff = _RETRY
    look: Backoff = _LOOK
    settle_ms: int = 5_000
    """How long a write may take until it is seen."""
    person_ms: int = 60_000
    """How often it is tried where first a person has to give access."""
