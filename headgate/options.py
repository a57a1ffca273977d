"""The options that stand before every command, as plain data (imports nothing heavy)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DEFAULT_DATA_DIR = Path(".headgate")


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """What was given before the command; None where nothing was."""

    config: Path | None = None
    data_dir: Path | None = None
    log_level: str | None = None
    http_port: int | None = None
    as_json: bool = False

    def flags(self) -> dict[str, object]:
        """Return the settings that these options override, by their dotted name."""
        given = {
            "data_dir": self.data_dir,
            "logs.level": self.log_level,
            "telemetry.http_port": self.http_port,
        }
        return {name: str(value) for name, value in given.items() if value is not None}

    def for_children(self) -> list[str]:
        """Return the same options as arguments, for child processes; each serves health on a free port."""
        given = {"--config": self.config, "--data-dir": self.data_dir, "--log-level": self.log_level}
        same = [text for name, value in given.items() if value is not None for text in (name, str(value))]
        return [*same, "--http-port", "0"]
