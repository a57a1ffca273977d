"""Asks the projections where they are: on a server, through the projector, or in a folder nobody has."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

from infra.errors import WaitAndRetry
from infra.folder import FolderBusy
from projections import endpoint
from projections.client import DATA_FOLDER, ClickHouse, open_clickhouse
from projections.endpoint import Question
from projections.errors import NothingProjected, QueryRefused
from projections.reader import Answer, Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.settings import Settings

__all__ = ["Answer", "ask", "named", "names"]

LIMIT: Final = 1000


def ask(
    settings: Settings, sql: str, params: Mapping[str, object] | None = None, limit: int = LIMIT
) -> Answer:
    """Answer a query that only reads; an error in words says what to change."""
    if settings.clickhouse.host is None:
        address = endpoint.find(settings.data_dir)
        answer = endpoint.ask(address, Question(sql, dict(params or {}), limit)) if address else None
        if answer is not None:
            return answer
        folder = settings.data_dir.joinpath(settings.CLICKHOUSE_FOLDER)
        if not folder.joinpath(DATA_FOLDER).exists():
            raise NothingProjected(folder)
    try:
        with open_clickhouse(settings) as clickhouse:
            return _directly(clickhouse, sql, params, limit)
    except FolderBusy as error:
        raise WaitAndRetry(
            f"{error.what} It does not answer questions yet, or any more.", "Try again in a moment."
        ) from error


def names() -> dict[str, str]:
    """Return the named queries, each with what it tells."""
    folder = resources.files("projections").joinpath("queries")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {
        file.name.removesuffix(".sql"): file.read_text("utf-8").partition("\n")[0].removeprefix("-- ")
        for file in files
        if file.name.endswith(".sql")
    }


def named(name: str) -> str:
    """Return the SQL of a named query."""
    known = names()
    if name not in known:
        raise QueryRefused(
            f"There is no query @{name}.", f"There are: {', '.join(f'@{one}' for one in known)}."
        )
    return resources.files("projections").joinpath("queries", f"{name}.sql").read_text("utf-8")


def _directly(clickhouse: ClickHouse, sql: str, params: Mapping[str, object] | None, limit: int) -> Answer:
    clickhouse.use_database()
    reader = Reader(clickhouse)
    try:
        return reader.ask(sql, params, limit)
    finally:
        reader.close()
