"""The executor's safeguards switched off, one a function, by replacing its own in this process alone."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from connectors.executor.account import AccountWork, Ends
from connectors.executor.entry import Entry

Swap = Callable[[Any, str, object], None]


def repeat_without_a_look(swap: Swap) -> None:
    """Write again what was attempted before, whatever the platform shows."""
    judge = AccountWork._judge  # noqa: SLF001 - the safeguard under test

    def mutated(self: AccountWork, entry: Entry, ends: Ends, acting: list[Entry]) -> None:
        if entry.attempt is not None and not entry.is_written and entry.found is not None:
            acting.append(entry)
        else:
            judge(self, entry, ends, acting)

    swap(AccountWork, "_judge", mutated)


def write_before_the_intent(swap: Swap) -> None:
    """Let the write leave first, and make its intent durable afterwards."""
    intend, write = AccountWork._intend, AccountWork._write  # noqa: SLF001 - the safeguards under test

    async def first(self: AccountWork, group: Sequence[Entry]) -> float:
        await write(self, group)
        return time.monotonic()

    async def afterwards(self: AccountWork, group: Sequence[Entry]) -> None:
        await intend(self, group)

    swap(AccountWork, "_intend", first)
    swap(AccountWork, "_write", afterwards)


MUTATIONS: Final[dict[str, Callable[[Swap], None]]] = {
    "repeat-without-a-look": repeat_without_a_look,
    "write-before-the-intent": write_before_the_intent,
}
