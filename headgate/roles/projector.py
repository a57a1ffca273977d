"""The projector role: ClickHouse in its newest shape, the sink that fills it, and what answers questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events import topics
from infra.errors import WaitAndRetry
from infra.folder import FolderBusy
from projections.client import discard, open_clickhouse
from projections.endpoint import Endpoint
from projections.log import Log
from projections.migrate import migrate
from projections.sink import Sink, Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.health import Health
    from infra.settings import Settings
    from projections.client import ClickHouse


def project(
    settings: Settings,
    health: Health,
    *,
    on_ready: Callable[[], None],
    on_sink: Callable[[Sink], None],
) -> None:
    """Project the log and answer questions until the sink is stopped."""
    with _opened(settings) as clickhouse:
        migrate(clickhouse)
        with Endpoint(clickhouse, settings.data_dir):
            sink = Sink(
                clickhouse, settings.kafka_conf(), topics.load(), terms=terms(settings), health=health
            )
            on_sink(sink)
            sink.run(on_ready)


def _opened(settings: Settings) -> ClickHouse:
    """Open ClickHouse; a folder that is taken comes free, since a question holds it while nobody projects."""
    try:
        return open_clickhouse(settings)
    except FolderBusy as error:
        raise WaitAndRetry(error.what, "It is tried again until that process has ended.") from error


def rebuild(settings: Settings, health: Health, progress: Callable[[int, int], None]) -> int:
    """Throw the tables away, read the log from its beginning to its present end, and return its records."""
    conf, catalogue = settings.kafka_conf(), topics.load()
    log = Log(conf, catalogue)
    try:
        log.find_cluster()  # a log that cannot be read is no reason to throw anything away
    finally:
        log.close()
    discard(settings)
    with open_clickhouse(settings) as clickhouse:
        migrate(clickhouse)
        sink = Sink(clickhouse, conf, catalogue, terms=terms(settings), health=health)
        sink.run(to_end=True, progress=progress)
        return sink.records


def terms(settings: Settings) -> Terms:
    """Return what the settings say to the sink."""
    return Terms(records_max=settings.projector.batch_records_max, wait_ms=settings.projector.batch_ms)
