"""A Faust app on the driver: ordinary agents, topics and tables, whose effects happen exactly once."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust
import mode

from streams.engine import selftest, stores, transport
from streams.engine.batch import Batches
from streams.engine.observer import Observer
from streams.engine.options import EngineOptions
from streams.engine.tables import Table, Tables

EXIT_FAILED = 3


def exit_at_once(_error: BaseException) -> None:
    """End the process without any clean-up: the next start reads what is committed."""
    os._exit(EXIT_FAILED)


class EngineApp(faust.App):
    """A Faust app whose broker is ``txn://``; see ``engine.options`` for its settings."""

    def __init__(
        self,
        options: EngineOptions,
        *,
        store: str = "txn-memory://",
        observer: Observer | None = None,
        on_failure: Callable[[BaseException], None] = exit_at_once,
    ) -> None:
        self.options = options
        self.observer = observer or Observer()
        self.failure: BaseException | None = None
        self._on_failure = on_failure
        selftest.check()
        data = Path(options.folder) / "faust"
        data.mkdir(parents=True, exist_ok=True)  # Faust would make the last folder only
        super().__init__(
            options.group,
            broker=f"{transport.SCHEME}://{options.kafka['bootstrap.servers']}",
            store=store,
            Table=Table,
            TableManager=Tables,
            agent_supervisor=mode.CrashingSupervisor,
            datadir=data,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            broker_session_timeout=options.session_timeout_ms / 1000,
            broker_heartbeat_interval=options.heartbeat_ms / 1000,
        )

    def fail(self, error: BaseException) -> None:
        """End the work: nothing after the last commit has happened."""
        if self.failure is None:
            self.failure = error
            self._on_failure(error)

    def batches(self, topic: str) -> Any:  # noqa: ANN401 - Faust's topic type is untyped
        """Return a topic whose agents get whole batches."""
        return self.topic(topic, schema=Batches(), acks=False)

    def table(self, name: str, *, source: str, partitions: int) -> Table:
        """Return a table of bytes that follows a topic's partitions."""
        table: Table = self.Table(
            name,
            source=source,
            partitions=partitions,
            key_type=bytes,
            value_type=bytes,
        )
        return table


STORES = {"memory": "txn-memory://", "disk": "txn-disk://"}
__all__ = ["STORES", "EngineApp", "exit_at_once", "stores"]
