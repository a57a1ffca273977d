"""What can keep the local Kafka from running, in words.

FixSetup
├── JavaMissing    no Java of version 17 or newer
├── PortTaken      a port that was asked for belongs to another process
└── BrokerFailed   a broker ended; says why, from its own log
WaitAndRetry
└── JarsMissing    Kafka's jars could not be fetched
"""

from __future__ import annotations

from infra.errors import FixSetup, WaitAndRetry


class JavaMissing(FixSetup):
    """There is no Java that can run Kafka."""


class PortTaken(FixSetup):
    """A port that was asked for belongs to another process."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(
            f"Port {port}, asked for by the settings, is taken by another process.",
            "End that process, or choose another port (kafka.port); without one a free port is chosen.",
        )


class BrokerFailed(FixSetup):
    """A broker ended when it should run."""


class JarsMissing(WaitAndRetry):
    """Kafka's jars are not there and could not be fetched."""
