"""What can be wrong with settings, in words.

FixSetup
├── SettingsWrong   a name or a value is not one of ours
└── NoKafka         the settings lead to no Kafka
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.errors import FixSetup

if TYPE_CHECKING:
    from pathlib import Path


class SettingsWrong(FixSetup):
    """A name or a value is not one of ours."""


class NoKafka(FixSetup):
    """The settings lead to no Kafka."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(
            f"There is no Kafka: kafka.bootstrap is not set, and none was ever started in {data_dir}.",
            "Start one with `headgate up`, or set kafka.bootstrap (HEADGATE_KAFKA__BOOTSTRAP=HOST:PORT).",
        )
