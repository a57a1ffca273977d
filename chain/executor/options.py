"""What a chain executor is told, and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chain.executor.tools import WorkOptions
from infra.commands.options import CommandOptions, CommandTopics
from infra.retry import Backoff

if TYPE_CHECKING:
    from chain.executor.rates import Rate

GROUP: Final = "headgate-chain-executor"


@dataclass(frozen=True, slots=True)
class ChainTopics(CommandTopics):
    """Where the chain executor reads and writes; tests have topics of their own."""

    commands: str = "chain-commands"
    attempts: str = "chain-attempts"
    outcomes: str = "client-facts"
    dead_letters: str = "dead-letters"
    pots: str = "chain-pots"


_TOPICS: Final = ChainTopics()
_RETRY: Final = Backoff(delay_ms=500, delay_ms_max=15_000)


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """How pots are observed and rates are told; in our own time, since the chain's slots pass in it too."""

    observe_ms: int = 30_000
    """How often pots are read from the chain."""
    repeat_ms: int = 600_000
    """How often it is told that they are as they were."""
    known_ms: int = 500
    """How often it is looked whether there are new pots, or something to look at soon."""
    retry: Backoff = _RETRY
    rates: tuple[Rate, ...] = ()


_WORK: Final = WorkOptions()
_WATCH: Final = WatchOptions()


@dataclass(frozen=True, slots=True)
class ChainExecutorOptions(CommandOptions):
    """Settings of one chain executor."""

    group: str = GROUP
    topics: ChainTopics = _TOPICS
    who: str = "chain executor"
    clients_at_once_max: int = 16
    work: WorkOptions = _WORK
    watch: WatchOptions = _WATCH
