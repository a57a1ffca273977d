"""The settings of the demo's own small installation, written into its folder for every role of it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from infra.settings import Settings
from infra.world_time import wall_ms

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "headgate.toml"
# Noon in London: within a day every account's midnight passes, Tokyo's first.
BEGIN_MS = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * 1_000
# About as long as the roles take to be ready, so that the day begins close to that noon.
START_UP_MS = 20_000
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
HISTORY_DAYS = 7
# Of ours: whoever could not be told is tried again soon, since a day lasts three minutes.
TELL_AGAIN_MS_MAX = 2_000
SLOT_MS, OBSERVE_MS = 25, 1_000


@dataclass(frozen=True, slots=True)
class Programme:
    """What is performed."""

    speed: int
    hours: int
    seed: int
    accounts: int = 6
    campaigns: int = 300
    workers: int = 2


def begin(folder: Path, programme: Programme) -> dict[str, object]:
    """Return the settings of a world whose time begins to run now; its platforms are not known yet."""
    return {
        "data_dir": str(folder),
        "time.speed": programme.speed,
        "time.anchor_ms": wall_ms() + START_UP_MS,
        "time.origin_ms": BEGIN_MS,
        "simulator.seed": programme.seed,
        "simulator.accounts": programme.accounts,
        "simulator.campaigns": programme.campaigns,
        # A week of whole days before, for plans to learn from and to restate; and no years to add up.
        "simulator.begin_ms": BEGIN_MS - (HISTORY_DAYS + 2) * 24 * HOUR_MS,
        # The poller's usual cadence would be dozens of reads in one of our seconds.
        "poller.spend_ms": 20 * MINUTE_MS,
        "poller.spend_ms_min": 5 * MINUTE_MS,
        "poller.campaigns_ms": HOUR_MS,
        "poller.restated_ms": 4 * HOUR_MS,
        "poller.restated_days": HISTORY_DAYS,
        # A restart of a few seconds is an hour in there.
        "executor.give_up_after_ms": 24 * HOUR_MS,
        "worker.processes": programme.workers,
        # A cluster needs twelve seconds until something is final; that would be two hours in there.
        "localnet.slot_ms": SLOT_MS,
        "chain.observe_ms": OBSERVE_MS,
        "chain.fx": {"EUR": "1.0832", "JPY": "0.0066"},
    }


def telling(url: str, secret: str) -> dict[str, object]:
    """Return the settings by which a receiver on this machine is told of what is grave."""
    hook: dict[str, object] = {"name": "demo", "url": url, "secrets": [secret], "min_severity": "high"}
    # Those of money are proved with the ledger.
    hook["events"] = ["alert.raised", "alert.cleared", "breaker.moved"]
    return {
        "notifier.webhooks": [hook],
        "notifier.begin": "beginning",
        "notifier.retry_ms_max": TELL_AGAIN_MS_MAX,
    }


def write(folder: Path, values: Mapping[str, object]) -> Settings:
    """Write the settings for the roles, and return them as they are: no environment has a say in them."""
    lines = [f"{name} = {_toml(value)}\n" for name, value in values.items()]
    (folder / NAME).write_text("".join(lines), encoding="utf-8")
    return Settings.model_validate(tomllib.loads("".join(lines)))


def _toml(value: object) -> str:
    """Say a value; what JSON says of strings and numbers is TOML as well."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name} = {_toml(inner)}' for name, inner in value.items())}}}"
    return json.dumps(value)
