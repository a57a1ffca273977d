"""The world of one run: its folder, its time, and the settings file that all its roles share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infra.settings import Settings, load
from infra.settings.sources import ENV_PREFIX
from infra.world_time import WorldTime, wall_ms
from simulator.pointing import environment

# The evening before Berlin's day of 25 hours, so that the run goes through it.
ORIGIN_MS = int(datetime(2026, 10, 24, 18, tzinfo=UTC).timestamp()) * 1000
HOUR_MS = 3_600_000
# Executors and workers most often: they are where something can be done twice.
TARGETS = ("worker-0", "executor", "poller", "worker-1", "executor", "projector")


@dataclass(frozen=True)
class Terms:
    """What a run is made of."""

    seed: int = 1
    kills: int = 36
    hours: int = 25
    speed: int = 240
    accounts: int = 6
    campaigns: int = 120
    targets: tuple[str, ...] = TARGETS
    mutations: tuple[str, ...] = ()
    kills_broker: bool = True
    pause_ms: int = 60
    """Longest pause of a role between two effects."""
    settings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """More settings, by group."""


class PathWorld:
    """One folder with everything in it; settings are written twice, since a simulator chooses its port."""

    def __init__(self, folder: Path, terms: Terms, bootstrap: str) -> None:
        self.folder, self.terms, self.bootstrap = folder.absolute(), terms, bootstrap
        self.time = WorldTime(terms.speed, wall_ms(), ORIGIN_MS)
        self.config = self.folder / "headgate.toml"
        self.logs_dir = self.folder / "logs"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write({})

    @property
    def settings(self) -> Settings:
        """Return the settings as the roles read them."""
        return load(self.config)

    @property
    def conf(self) -> dict[str, str]:
        """Return the settings of any Kafka client of the harness."""
        return {"bootstrap.servers": self.bootstrap}

    @property
    def hours_gone(self) -> float:
        """Return how many hours of the world's time have passed."""
        return (self.time.now_ms() - ORIGIN_MS) / HOUR_MS

    def point_at(self, url: str) -> None:
        """Let the roles take the simulator for the platforms."""
        self._write(environment(self.settings, url))

    def _write(self, variables: Mapping[str, str]) -> None:
        """Write the file; a value that is given as a variable of the environment is JSON, or a word."""
        pointing = {name.removeprefix(ENV_PREFIX).lower(): value for name, value in variables.items()}
        accounts = pointing.pop("accounts", "[]")
        terms = self.terms
        groups: dict[str, dict[str, str | int]] = {
            "kafka": {"bootstrap": self.bootstrap},
            "time": {"speed": terms.speed, "anchor_ms": self.time.anchor_ms or 0, "origin_ms": ORIGIN_MS},
            "simulator": {
                "seed": terms.seed,
                "accounts": terms.accounts,
                "campaigns": terms.campaigns,
                "runaway_permille": 50,
                "begin_ms": ORIGIN_MS - 48 * HOUR_MS,
            },
            # A broker's restart of some seconds is an hour of the world's time, and no reason to give up.
            "executor": {"give_up_after_ms": 24 * HOUR_MS},
            "logs": {"format": "json"},
            "tiktok": {"timeout_ms": 5_000},
        }
        for group, more in terms.settings.items():
            groups.setdefault(group, {}).update(more)
        for name, value in pointing.items():
            group, _, key = name.partition("__")
            groups.setdefault(group, {})[key] = int(value) if value.isdecimal() else value
        lines = [f'data_dir = "{self.folder}"', f"accounts = {accounts}"]
        for group, values in groups.items():
            lines.append(f"[{group}]")
            lines += [
                f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"'
                for key, value in values.items()
            ]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")
