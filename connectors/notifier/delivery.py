"""One destination told in order: each notice until it is taken, or refused for good; only then the next."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar, assert_never

from connectors.notifier import notices
from connectors.notifier.destination import Later, Refused, Taken
from connectors.notifier.letters import REFUSED
from events.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.notifier.destination import Destination
    from connectors.notifier.inbox import Inbox
    from connectors.notifier.letters import Letters
    from connectors.notifier.notices import Notice
    from connectors.notifier.options import NotifierOptions
    from connectors.notifier.watch import Watch
    from infra.settings.notifier import EmailSettings, WebhookSettings

Result = TypeVar("Result")
# How often the place in the log is committed while nothing there is for this destination.
COMMIT_SECONDS: Final = 1


class Delivery:
    """Reads one destination's inbox and delivers; what was told is committed before the next is told."""

    def __init__(
        self,
        destination: Destination,
        wishes: WebhookSettings | EmailSettings,
        inbox: Inbox,
        *,
        letters: Letters,
        options: NotifierOptions,
        watch: Watch,
    ) -> None:
        self._destination, self._wishes, self._inbox = destination, wishes, inbox
        self._options, self._watch = options, watch
        self._letters = letters
        self._thread = ThreadPoolExecutor(1, f"to-{destination.name}")
        self._ending = asyncio.Event()
        self._committed = 0.0

    def end(self) -> None:
        """Begin no further attempt."""
        self._ending.set()

    async def run(self, on_assigned: Callable[[], None]) -> None:
        """Deliver until told to end."""
        try:
            await self._on_thread(self._inbox.open)
            told = False
            while not self._ending.is_set():
                self._watch.beat()
                records = await self._on_thread(self._inbox.fetch)
                if self._inbox.is_assigned and not told:
                    told = True
                    on_assigned()
                await self._go_through(records)
                await self._commit_sometimes()
            await self._on_thread(self._inbox.commit)
        finally:
            await self._on_thread(self._inbox.close)
            self._thread.shutdown()
            await self._destination.close()

    async def _go_through(self, records: list[Any]) -> None:
        ownership = self._inbox.ownership
        for record in records:
            if not await self._tell(record, ownership):
                return
            self._inbox.told(record)

    async def _tell(self, record: Any, ownership: int) -> bool:  # noqa: ANN401 - the client's message
        """See to one record; False when it is not done, and is read again."""
        try:
            notice = notices.read(record.headers(), record.value())
        except Unreadable as error:
            await self._park(record, error.reason, error.detail)
            place = f"{record.topic()}/{record.partition()}/{record.offset()}"
            self._watch.unreadable(place, error.reason, error.detail)
            return True
        if notice is None or not await self._is_wanted(notice):
            return True
        attempt = 0
        while not self._ending.is_set() and self._inbox.ownership == ownership:
            attempt += 1
            answer = await self._destination.deliver(notice)
            match answer:
                case Taken(detail):
                    await self._done(record, ownership)
                    self._watch.taken(notice, detail, attempt)
                    return self._inbox.ownership == ownership
                case Refused(detail):
                    await self._park(record, REFUSED, detail)
                    await self._done(record, ownership)
                    self._watch.refused(notice, detail)
                    return self._inbox.ownership == ownership
                case Later(detail, retry_after_ms):
                    delay_ms = max(self._options.retry.delay_after(attempt), retry_after_ms or 0)
                    self._watch.waits(notice, detail, attempt, delay_ms)
                    await self._rest(delay_ms, ownership)
                case _ as never:
                    assert_never(never)
        return False

    async def _is_wanted(self, notice: Notice) -> bool:
        if not notices.is_wanted(notice, self._wishes):
            return False
        if notice.replayed is None:
            return True
        # Somebody has put back what one destination refused; the others have had it.
        place = notice.replayed
        return await self._on_thread(lambda: self._letters.is_of(self._destination.name, place))

    async def _done(self, record: Any, ownership: int) -> None:  # noqa: ANN401 - the client's message
        """Make durable that a record needs no more, before the next one is told."""
        if self._inbox.ownership == ownership:
            self._inbox.told(record)
            await self._on_thread(self._inbox.commit)

    async def _park(self, record: Any, reason: str, detail: str) -> None:  # noqa: ANN401 - the client's message
        await self._on_thread(lambda: self._letters.park(record, self._destination.name, reason, detail))

    async def _rest(self, delay_ms: int, ownership: int) -> None:
        """Wait as a member of the group, until the time is over or waiting has no sense any more."""
        until = time.monotonic() + delay_ms / 1000
        while not self._ending.is_set() and self._inbox.ownership == ownership:
            left = until - time.monotonic()
            if left <= 0:
                break
            self._watch.beat()
            await self._on_thread(self._inbox.rest)
            self._watch.lag(await self._on_thread(self._inbox.lag))
            with suppress(TimeoutError):  # the rest is longer than one look
                async with asyncio.timeout(min(left, self._options.wait_ms / 1000)):
                    await self._ending.wait()
        await self._on_thread(self._inbox.go_on)

    async def _commit_sometimes(self) -> None:
        if time.monotonic() - self._committed < COMMIT_SECONDS:
            return
        self._committed = time.monotonic()
        await self._on_thread(self._inbox.commit)
        self._watch.lag(await self._on_thread(self._inbox.lag))

    async def _on_thread(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
