"""The night's work: campaigns whose day has turned wait here, and every tick plans a few of them.

Learning and planning cost a thousand times what counting an observation does. A midnight of many campaigns
must not make a round longer than its transaction may be, so it is spread over the ticks that follow.
"""

from collections.abc import Iterator
from typing import Final

from domain.draft import Draft
from domain.pacing.rows import NightRow, NightsRow

NIGHTS_KEY: Final = b"\0nights"  # one row a partition
CAMPAIGNS_A_ROW: Final = 100
# With eight partitions in a round this is half a second of planning, a sixth of what the round may take.
ROWS_A_TICK_MAX: Final = 1


def wait(draft: Draft, subject: str, campaign: str) -> None:
    """Let a campaign be planned with the next ticks."""
    nights: NightsRow = draft.get(NIGHTS_KEY) or NightsRow()
    last = max(nights.first, nights.end - 1)
    row: NightRow = draft.get(night_key(last)) or NightRow()
    if len(row.campaigns) >= CAMPAIGNS_A_ROW:
        last, row = last + 1, NightRow()
    if last >= nights.end:
        draft.changes[NIGHTS_KEY] = NightsRow(nights.first, last + 1)
    draft.changes[night_key(last)] = NightRow((*row.campaigns, (subject, campaign)))


def take(draft: Draft) -> Iterator[tuple[str, str]]:
    """Return those who have waited longest, each once, as many as a tick may take, and strike them off."""
    nights: NightsRow | None = draft.get(NIGHTS_KEY)
    if nights is None:
        return
    until = min(nights.first + ROWS_A_TICK_MAX, nights.end)
    waiting: dict[tuple[str, str], None] = {}
    for number in range(nights.first, until):
        row: NightRow = draft.get(night_key(number)) or NightRow()
        waiting |= dict.fromkeys(row.campaigns)
        draft.changes[night_key(number)] = None
    draft.changes[NIGHTS_KEY] = NightsRow(until, nights.end) if until < nights.end else None
    yield from waiting


def night_key(number: int) -> bytes:
    """Return where some of those lie who wait."""
    return b"\0night\0%d" % number
