"""The world of one run: its folder, its time, and the settings that all roles share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from infra import address
from infra.settings import Settings, load
from infra.world_time import WorldTime, wall_ms
from proof.path.world import Terms
from proof.treasury.days import ORIGIN_MS

if TYPE_CHECKING:
    from pathlib import Path

CLIENT: Final = "acme"
# A minute of the world's is a second of ours, so that the clock ticks each second.
SPEED: Final = 60


@dataclass(frozen=True)
class MoneyTerms:
    """What a run is made of."""

    seed: int = 1
    fundings: int = 500
    kills: int = 30
    pots: int = 10
    slot_ms: int = 20
    final_slots: int = 31
    pause_ms: int = 60
    """Longest pause of the executor before and after it sends."""


@dataclass
class MoneyWorld:
    """One folder with everything in it."""

    folder: Path
    money: MoneyTerms
    bootstrap: str
    time: WorldTime = field(default_factory=lambda: WorldTime(SPEED, wall_ms(), ORIGIN_MS))

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "headgate.toml"
        self.logs_dir = self.folder / "logs"
        self.write({})

    @property
    def terms(self) -> Terms:
        """What a crew wants to know."""
        return Terms(pause_ms=self.money.pause_ms)

    @property
    def settings(self) -> Settings:
        """The settings as the roles read them."""
        return load(self.config)

    @property
    def conf(self) -> dict[str, str]:
        """The settings of any Kafka client of the harness."""
        return {"bootstrap.servers": self.bootstrap}

    @property
    def url(self) -> str:
        """Where the local chain is."""
        return f"http://{address.read(self.folder / 'localnet')}"

    def point_at_endpoints(self) -> None:
        """Let the executor reach the chain by several endpoints, of which one lags."""
        local = self.folder / "localnet"
        known = msgspec.json.decode((local / "genesis.json").read_bytes())
        keys = {f"{role}_keypair": str(local / path) for role, path in known["keys"].items()}
        urls = [self.url, f"{self.url}/lag/4"]
        self.write({"rpc_urls": urls, "program": known["program"], "usdc_mint": known["usdc_mint"], **keys})

    def write(self, chain: dict[str, object]) -> None:
        """Write the settings file."""
        groups: dict[str, dict[str, object]] = {
            "kafka": {"bootstrap": self.bootstrap},
            "localnet": {"slot_ms": self.money.slot_ms, "final_slots": self.money.final_slots},
            "chain": {"observe_ms": 3_000, "timeout_ms": 2_000, **chain},
            "logs": {"format": "json"},
        }
        if self.time.anchor_ms is not None:
            groups["time"] = {"speed": SPEED, "anchor_ms": self.time.anchor_ms, "origin_ms": ORIGIN_MS}
        lines = [f'data_dir = "{self.folder}"']
        for group, values in groups.items():
            # JSON's strings, numbers and lists are TOML's as well.
            told = (f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items())
            lines += [f"[{group}]", *told]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")
