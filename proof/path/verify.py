"""Verifies a run: what the platform told, what was counted, what ClickHouse answers, what was done."""

from collections.abc import Iterable
from typing import Any

import msgspec

from domain.account.rows import AnyRow
from domain.pacing.cells import totals
from domain.pacing.rows import CampaignRow, DayRow
from events.topics import changelog_name
from proof.chaos.verify import Verdict, replay, restored, settle
from proof.path import answers, effects, log
from proof.path.log import Cell
from proof.path.platform import Platform
from proof.path.world import PathWorld
from streams.agents.account import ACCOUNT
from streams.engine.values import VERSION_BYTES
from streams.worker import GROUP

# A page that is told before the clock ticks again, when the broker was away for an hour of the world's time.
LATE_CLOCK = "as-of-in-future"
CHANGELOG = changelog_name(GROUP, ACCOUNT.table)


def verify(world: PathWorld, platform: Platform) -> Verdict:
    """Compare everything with everything; the roles have ended, the simulator still answers."""
    verdict = Verdict()
    settle(world.conf, (*log.known_topics(), CHANGELOG), verdict)
    replay(world.conf, ACCOUNT, GROUP, CHANGELOG, verdict)
    told = log.read(world.conf)
    spend = told.cells()
    verdict.compare("reported", reported(platform), spend)
    verdict.compare("spend", spend, decided(restored(world.conf, CHANGELOG)))
    answers.verify(world.config, told, verdict)
    subjects = {one["account"]: one["subject"] for one in platform.state()["accounts"]}
    effects.verify(told, platform.journal(), subjects, verdict)
    verdict.note("doubled", len(told.repeated), f"ids: {told.repeated[:3]}")
    parked = {place: reason for place, reason in told.parked.items() if reason != LATE_CLOCK}
    verdict.note("wrong", len(parked), f"parked: {list(parked.items())[:3]}")
    verdict.counts["parked while the clock was silent"] = len(told.parked) - len(parked)
    verdict.counts["records produced"] = told.records.total()
    return verdict


def reported(platform: Platform) -> dict[Cell, int]:
    """Return the last total that the platform told of each hour in which anything was spent."""
    return {
        (cell["subject"], cell["campaign"], cell["day"], cell["hour"]): cell["spend_micros"]
        for cell in platform.reported()["hours"]
        if cell["spend_micros"]
    }


def decided(rows: Iterable[tuple[bytes, bytes]]) -> dict[Cell, int]:
    """Return what the account agent has counted in each hour, from its table."""
    decode = msgspec.msgpack.Decoder(AnyRow).decode
    newest: dict[Cell, int] = {}
    past: dict[Cell, int] = {}
    for key, value in rows:
        if key.startswith(b"\0"):
            continue
        row: Any = decode(value[VERSION_BYTES:])
        parts = key.decode().split("\0")
        if isinstance(row, CampaignRow) and row.day:
            newest |= _cells(parts[0], parts[1], row.day, row.cells)
        elif isinstance(row, DayRow):
            past |= _cells(parts[0], parts[1], parts[2], row.cells)
    return {**past, **newest}


def _cells(subject: str, campaign: str, day: str, cells: bytes) -> dict[Cell, int]:
    return {(subject, campaign, day, hour): micros for hour, micros in enumerate(totals(cells)) if micros}
