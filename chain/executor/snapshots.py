"""Looks at all pots of a client at one finalized slot, however many calls that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chain.executor.observed import addresses
from events.types.pots import POTS_A_SNAPSHOT_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chain.ports import Chain, Snapshot
    from events.types import PotOpened

# Slots pass while the calls are made; those that came out older are made again, so often.
TRIES_MAX: Final = 8
Part = tuple["Sequence[PotOpened]", "Snapshot"]


def parts(opened: Sequence[PotOpened]) -> list[Sequence[PotOpened]]:
    """Cut pots into as many as one call shows, each with one treasury."""
    cut: list[Sequence[PotOpened]] = []
    for treasury in sorted({one.treasury for one in opened}):
        same = [one for one in opened if one.treasury == treasury]
        cut += [
            same[start : start + POTS_A_SNAPSHOT_MAX] for start in range(0, len(same), POTS_A_SNAPSHOT_MAX)
        ]
    return cut


async def look(chain: Chain, opened: Sequence[PotOpened], least_slot: int) -> tuple[list[Part], bool]:
    """Return snapshots of all these pots, none older than asked, and whether all are of one slot."""
    cut = parts(opened)
    shown = [await chain.snapshot(addresses(part), least_slot) for part in cut]
    for _ in range(TRIES_MAX):
        newest = max(snapshot.slot for snapshot in shown)
        if all(snapshot.slot == newest for snapshot in shown):
            return list(zip(cut, shown, strict=True)), True
        for index, part in enumerate(cut):
            if shown[index].slot < newest:
                shown[index] = await chain.snapshot(addresses(part), newest)
    return list(zip(cut, shown, strict=True)), False
