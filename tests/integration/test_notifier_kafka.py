"""The notifier on a real Kafka: from records of the log to those who are told, each of them to the end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from connectors.notifier.letters import REFUSED
from connectors.notifier.notifier import Notifier, destinations
from connectors.notifier.options import NotifierOptions, Topics
from events.dead_letters import from_headers, replayed_marker, unpark
from infra import tied
from infra.health import Health
from infra.retry import Backoff
from infra.settings.notifier import NotifierSettings
from infra.world_time import WorldTime
from streams import reading
from tests.notifier_kit import (
    SECRET,
    SUBJECT,
    cleared,
    hook,
    is_signed,
    mailbox,
    mailing,
    raised,
    receiving,
    record,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from events.types import Fact
    from infra.settings.notifier import WebhookSettings

PATIENCE_SECONDS = 60
PARTITIONS = 2
RETRY = Backoff(delay_ms=20, delay_ms_max=100)


class Desk:
    """Topics of one test, and what is written to them and found in them."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.prefix = prefix
        self.topics = Topics(f"{prefix}-decisions", f"{prefix}-dead")
        self.kafka: dict[str, Any] = {"bootstrap.servers": bootstrap}
        admin = AdminClient(self.kafka)
        named = [NewTopic(name, PARTITIONS, 1) for name in (self.topics.decisions, self.topics.dead_letters)]
        for future in admin.create_topics(named).values():
            future.result(PATIENCE_SECONDS)
        self._producer = Producer({**self.kafka, "partitioner": "murmur2_random", "linger.ms": 0})
        self._written = 0

    def write(self, *facts: Fact) -> list[str]:
        """Write facts as the account agent would; return what their receivers will call them."""
        ids = []
        for fact in facts:
            headers, body = record(fact, self._written)
            ids.append(f"account-facts_3_{self._written}_0")
            self._written += 1
            self._producer.produce(self.topics.decisions, body, SUBJECT.encode(), headers=headers)
        assert self._producer.flush(PATIENCE_SECONDS) == 0
        return ids

    def mark(self, fact: Fact, place: tuple[int, int]) -> None:
        """Write a fact that says of itself that it is a letter put back."""
        headers, body = record(fact, self._written)
        marked: Any = [*headers, *replayed_marker(*place)]
        self._producer.produce(self.topics.decisions, body, SUBJECT.encode(), headers=marked)
        assert self._producer.flush(PATIENCE_SECONDS) == 0

    def put_back(self, letter: Any) -> None:  # noqa: ANN401 - the client's message
        """Put a dead letter back, as `headgate dead-letters replay` does."""
        marker: Any = replayed_marker(letter.partition(), letter.offset())
        headers: Any = [*unpark(letter.headers()), *marker]
        partition = from_headers(letter.headers()).partition
        self._producer.produce(
            self.topics.decisions, letter.value(), letter.key(), partition, headers=headers
        )
        assert self._producer.flush(PATIENCE_SECONDS) == 0

    def letters(self) -> list[Any]:
        """Return the dead letters."""
        return list(reading.read(self.kafka, self.topics.dead_letters))

    @asynccontextmanager
    async def telling(
        self, *webhooks: WebhookSettings, mail: int | None = None, begin: Literal["now", "beginning"] = "now"
    ) -> AsyncIterator[Health]:
        """Run a notifier for the length of a block."""
        options = NotifierOptions(self.kafka, "0", self.prefix, self.topics, begin, retry=RETRY, wait_ms=50)
        more = {} if mail is None else {"email": mailbox(mail)}
        settings = NotifierSettings(webhooks=webhooks, **more)
        health = Health("notifier")
        notifier = Notifier(destinations(settings), options, health, WorldTime())
        ready = asyncio.Event()
        running = asyncio.create_task(notifier.run(ready.set))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await ready.wait()
            yield health
        finally:
            notifier.end()
            await running


@pytest.fixture
def desk(kafka: str, topic_name: str) -> Desk:
    """Give topics of its own to each test."""
    return Desk(kafka, topic_name)


def test_what_is_decided_is_told_from_now_on_and_nothing_is_skipped_while_it_rests(desk: Desk) -> None:
    """A new destination begins now; whatever comes while no notifier runs is told by the next."""

    async def scene() -> None:
        desk.write(raised())
        async with receiving() as receiver, mailing() as mail:
            async with desk.telling(hook(receiver.url), mail=mail.port):
                first = desk.write(raised())
                await receiver.until(1)
            between = desk.write(cleared(), raised(episode=2))
            async with desk.telling(hook(receiver.url), mail=mail.port):
                last = desk.write(cleared(episode=2))
                await receiver.until(4)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while len(mail.letters) < 4:  # noqa: ASYNC110 - the mail server tells nobody
                        await asyncio.sleep(0.02)
        assert receiver.ids == [*first, *between, *last]
        assert all(is_signed(headers, body, SECRET) for headers, body in receiver.requests)

    asyncio.run(scene())


def test_a_new_destination_keeps_its_beginning_though_there_was_nothing_to_tell(desk: Desk) -> None:
    """Its beginning is committed when it is new; else each start without news would begin anew, and skip."""

    async def scene() -> None:
        desk.write(raised())
        async with receiving() as receiver:
            async with desk.telling(hook(receiver.url)):
                pass
            ids = desk.write(raised(episode=2))
            async with desk.telling(hook(receiver.url)):
                await receiver.until(1)
        assert receiver.ids == ids

    asyncio.run(scene())


def test_a_destination_that_is_away_holds_up_nobody_and_is_told_all_in_order_when_it_is_back(
    desk: Desk,
) -> None:
    """Failures, then success; the other one had all of it long before."""

    async def scene() -> None:
        async with (
            receiving(*[(503, {}, "")] * 6) as slow,
            receiving() as quick,
            desk.telling(hook(slow.url), hook(quick.url, name="quick")) as health,
        ):
            ids = desk.write(raised(), cleared())
            await quick.until(2)
            await slow.until(2)
            assert any("destination ops" in reason for reason in health.readiness().reasons)
            assert health.liveness().ok
            await slow.until(8)
        assert quick.ids == ids
        assert slow.ids == [ids[0]] * 7 + [ids[1]]

    asyncio.run(scene())


def test_who_is_killed_before_it_hears_the_answer_is_followed_by_one_who_tells_it_again(desk: Desk) -> None:
    """At least once, under the same id."""

    async def scene() -> None:
        ids = desk.write(raised(), cleared())
        async with receiving() as receiver:
            plan = {"bootstrap": desk.kafka["bootstrap.servers"], "prefix": desk.prefix, "url": receiver.url}
            child = await _child(json.dumps(plan))
            take = receiver.take

            async def kill(request: Any) -> Any:  # noqa: ANN401 - as aiohttp has them
                answer = await take(request)
                if len(receiver.requests) == 2:
                    os.kill(child.pid, signal.SIGKILL)
                    await child.wait()
                return answer

            receiver.answering = kill
            await receiver.until(2)
            assert await child.wait() == -signal.SIGKILL
            async with desk.telling(hook(receiver.url), begin="beginning"):
                await receiver.until(3)
        assert receiver.ids == [ids[0], ids[1], ids[1]]

    asyncio.run(scene())


def test_what_is_refused_is_parked_whole_and_comes_back_to_that_destination_alone(desk: Desk) -> None:
    """Kept with its reason; put back by a person, the others do not hear it again."""

    async def scene() -> None:
        async with receiving((410, {}, "gone")) as strict, receiving() as other:
            hooks = (hook(strict.url), hook(other.url, name="other"))
            async with desk.telling(*hooks):
                ids = desk.write(raised(), cleared())
                await strict.until(2)
                await other.until(2)
            (letter,) = desk.letters()
            origin = from_headers(letter.headers())
            assert (origin.reason, origin.parked_by) == (REFUSED, f"{desk.prefix}-ops")
            assert origin.detail == "HTTP 410: gone"
            async with desk.telling(*hooks):
                desk.put_back(letter)
                await strict.until(3)
                last = desk.write(raised(episode=2))
                await other.until(3)
                # What says that it is a letter, and is none, is told rather than not.
                desk.mark(raised(episode=3), (0, 1_000))
                desk.mark(raised(episode=3), (77, 0))
                await other.until(5)
        assert strict.ids[:3] == [*ids, ids[0]]
        assert other.ids[:3] == [*ids, *last]

    asyncio.run(scene())


async def _child(plan: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", tied.__file__, str(os.getpid())),
        *(sys.executable, "-m", "tests.notifier_child", plan),
        cwd=Path(__file__).parents[2],
        stdin=asyncio.subprocess.DEVNULL,
    )
