import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from confluent_kafka import TopicPartition

from infra.commands.commits import Commits
from infra.commands.errors import CommitHangs, Fenced
from infra.commands.transactions import Outgoing
from infra.commands.window import Window
from tests.executor_cases import OPTIONS

RECORD = Outgoing("topic", b"key", b"value", [])


def test_what_waits_together_leaves_together_with_the_offsets_that_it_moves() -> None:
    """One transaction for an intent and an outcome; the intent moves nothing, and is remembered."""
    seen: list[tuple[int, list[tuple[str, int, str | None]]]] = []

    def transact(records: Sequence[Outgoing], moved: Sequence[TopicPartition]) -> list[int]:
        seen.append((len(records), [(one.topic, one.offset, one.metadata or None) for one in moved]))
        return list(range(70, 70 + len(records)))

    async def run() -> None:
        window = Window(4)
        for offset in (4, 5):
            window.take(offset)
        with ThreadPoolExecutor(1) as thread:
            commits = Commits(OPTIONS, transact, {0: window}, thread)
            await asyncio.gather(commits.intend([(0, 4)], [RECORD]), commits.finish([(0, 5)], [RECORD]))
        assert window.attempts_position == 70

    asyncio.run(run())
    assert seen == [(2, [(OPTIONS.topics.commands, 4, "1"), (OPTIONS.topics.attempts, 0, None)])]


def test_a_refused_transaction_reaches_everyone_who_waits() -> None:
    """Nobody goes on as if its intent were durable."""

    def transact(_records: Sequence[Outgoing], _moved: Sequence[TopicPartition]) -> list[int]:
        raise Fenced("Another one owns it.")

    async def run() -> list[object]:
        window = Window(4)
        window.take(4)
        window.take(5)
        with ThreadPoolExecutor(1) as thread:
            commits = Commits(OPTIONS, transact, {0: window}, thread)
            waiting = [commits.intend([(0, offset)], [RECORD]) for offset in (4, 5)]
            return list(await asyncio.gather(*waiting, return_exceptions=True))

    assert [type(result) for result in asyncio.run(run())] == [Fenced, Fenced]


def test_a_transaction_that_never_comes_back_is_told() -> None:
    """The client may wait for ever after a broker died; the process has to end and start again."""
    release = threading.Event()

    def transact(_records: Sequence[Outgoing], _moved: Sequence[TopicPartition]) -> list[int]:
        release.wait()
        return [0]

    async def run() -> None:
        window = Window(4)
        window.take(4)
        with ThreadPoolExecutor(1) as thread:
            commits = Commits(replace(OPTIONS, call_timeout_seconds=0), transact, {0: window}, thread)
            try:
                with pytest.raises(CommitHangs, match="did not come back within 0 s"):
                    await commits.intend([(0, 4)], [RECORD])
            finally:
                release.set()

    asyncio.run(run())
