"""Faust's producer: whatever an agent sends is staged and leaves with the round's transaction."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any

from faust.transport import base
from faust.types import TP, RecordMetadata
from faust.types.tuples import FutureMessage

from streams.engine.transaction import Send


class StagingProducer(base.Producer):
    """Stages sends of agents until the round commits them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        super().__init__(*args, **kwargs)
        self._sends: list[Send] = []
        self._waiting: list[tuple[asyncio.Future[RecordMetadata], Send]] = []
        self._in_flight: list[tuple[asyncio.Future[RecordMetadata], Send]] = []

    @property
    def has_staged(self) -> bool:
        """Whether anything waits for a round."""
        return bool(self._sends)

    def stage(self, send: Send) -> None:
        """Let a record leave with the round."""
        self._sends.append(send)

    def stage_all(self, sends: Iterable[Send]) -> None:
        """Let records leave with the round, in this order."""
        self._sends.extend(sends)

    def take(self) -> list[Send]:
        """Hand over what was staged to the round that commits it."""
        sends, self._sends = self._sends, []
        self._in_flight += self._waiting
        self._waiting = []
        return sends

    def committed(self) -> None:
        """Resolve the futures of what the round's transaction took."""
        for future, send in self._in_flight:
            if not future.done():
                future.set_result(
                    RecordMetadata(send.topic, send.partition, TP(send.topic, send.partition), -1)
                )
        self._in_flight = []

    async def send(  # noqa: PLR0913 - Faust's signature
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None,
        timestamp: float | None,
        headers: Any,  # noqa: ANN401 - Faust's type is a list or a mapping
        *,
        transactional_id: str | None = None,  # noqa: ARG002 - Faust's signature
    ) -> Awaitable[RecordMetadata]:
        """Stage a record; the awaitable is done when its round is committed."""
        send = Send(
            topic,
            key,
            value,
            list(dict(headers).items()) if headers else None,
            -1 if partition is None else partition,
            0 if timestamp is None else round(timestamp * 1000),
        )
        self.stage(send)
        future: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
        self._waiting.append((future, send))
        return future

    async def send_and_wait(self, *_args: Any, **_kwargs: Any) -> RecordMetadata:  # noqa: ANN401 - Faust's signature
        """Refuse: inside an agent it would wait for the round that waits for the agent."""
        raise RuntimeError(
            "send_and_wait() would wait for its own round; use send(), which leaves with the round"
        )

    def send_soon(self, fut: FutureMessage) -> None:
        """Stage a record that Faust has prepared."""
        pending = fut.message
        channel = pending.channel
        key, headers = channel.prepare_key(
            pending.key, pending.key_serializer, pending.schema, pending.headers
        )
        value, headers = channel.prepare_value(
            pending.value, pending.value_serializer, pending.schema, headers
        )
        self.stage(
            Send(
                channel.get_topic_name(),
                key,
                value,
                list(dict(headers).items()) if headers else None,
                -1 if pending.partition is None else pending.partition,
                0 if pending.timestamp is None else round(pending.timestamp * 1000),
            )
        )

    async def create_topic(self, topic: str, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Refuse: topics are data (``events/topics.yaml``) and applied by ``headgate topics apply``."""
        raise RuntimeError(f"topic {topic} is not created by a worker; `headgate topics apply` creates it")

    async def flush(self) -> None:
        """Do nothing: a round flushes by its commit."""

    def supports_headers(self) -> bool:
        """Headers are kept."""
        return True
