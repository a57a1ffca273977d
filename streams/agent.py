"""An agent: a name, a topic, a table and a decider; all agents are of this one shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.decision import Decide


@dataclass(frozen=True)
class Agent:
    """What an agent is; ``streams.app`` makes a Faust agent of it."""

    name: str
    topic: str
    table: str
    rows: Any
    """The union of the rows that the decider keeps."""
    decide: Decide
    routes: Mapping[str, str]
    """Which topic each type of fact that it publishes goes to."""
    stops_subjects: bool = False
    """Whether a subject stands still after a record of it could not be read, as it must where money moves."""

    @property
    def source(self) -> str:
        """What the envelopes of its facts name as their source."""
        return f"/headgate/{self.name}"
