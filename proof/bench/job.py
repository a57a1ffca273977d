"""What a contender's process is told: where to read, where to write, and when it is through."""

import sys
from typing import Literal

import msgspec

Until = Literal["finished", "restored", "ended"]
Probe = Literal["restated", "runaway"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one contender; it travels as JSON on the command line."""

    bootstrap: str
    source: str
    group: str
    decisions: str
    commands: str = ""
    """Where commands go; with the decisions if nothing is said."""
    folder: str
    partitions: int = 8
    observations: int = 0
    """How many observations the input has; after them the run is over."""
    warm_observations: int = 0
    """Observations before the measurement starts: every campaign is known by then."""
    observations_a_record: int = 1
    seconds_max: int = 60
    pages: int = 0
    pages_a_second: int = 0
    """How many pages an open loop sends, and how fast."""
    probe: Probe = "restated"
    """What each page of an open loop leads to."""
    store: Literal["memory", "disk"] = "memory"
    slot: str = "0"
    is_exactly_once: bool = False
    """Whether Faust runs in the mode that it calls so."""
    compression: str
    """What every contender writes with: the catalogue's choice."""
    until: Until = "finished"

    @property
    def changelog(self) -> str:
        """The topic that the account agent's table is kept in."""
        return f"{self.group}-account-state-changelog"


def from_command_line() -> Job:
    """Read the job that this process was started with."""
    return msgspec.json.decode(sys.argv[1].encode(), type=Job)


def tell(event: str, **facts: object) -> None:
    """Say something to the process that started this one."""
    sys.stdout.write(msgspec.json.encode({"event": event, **facts}).decode() + "\n")
    sys.stdout.flush()
