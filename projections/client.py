"""Opens ClickHouse: the engine embedded in a folder, or a server; the same SQL and calls for both."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Final, Self

import clickhouse_connect
from clickhouse_connect import common
from clickhouse_connect.driver.exceptions import ClickHouseError

from infra.folder import FolderLock, FolderUnusable
from projections.errors import REBUILD, ClickHouseAway, ClickHouseRefuses, of_write, said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from clickhouse_connect.driver.client import Client

    from infra.settings import Settings

# Beside the lock of the folder, so that the engine has a folder to itself.
DATA_FOLDER: Final = "data"
CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 60
# What clients raise: their own errors, and those of files and sockets beneath them.
ERRORS: Final = (ClickHouseError, OSError)


class ClickHouse:
    """ClickHouse, open; one owner at a time where it is a folder."""

    def __init__(
        self,
        connect: Callable[[Mapping[str, object]], Client],
        *,
        where: str,
        database: str,
        release: Callable[[], None],
    ) -> None:
        self.where, self.database = where, database
        self._connect, self._release = connect, release
        self._types: dict[str, Any] = {}
        try:
            self._client = connect({})
        except BaseException:
            release()
            raise

    def create_database(self) -> None:
        """Make the database if it is missing, and work in it from now on."""
        self.command(f"CREATE DATABASE IF NOT EXISTS {self.database}")
        self._client.database = self.database

    def use_database(self) -> None:
        """Work in the database, which has to be there."""
        self._client.database = self.database

    def command(self, sql: str) -> None:
        """Change something."""
        try:
            self._client.command(sql)
        except ERRORS as error:
            raise of_write(error, self.where) from error

    def rows(self, sql: str) -> list[Sequence[Any]]:
        """Read a few rows for our own use."""
        try:
            return list(self._client.query(sql).result_rows)
        except ERRORS as error:
            raise of_write(error, self.where) from error

    def insert(self, table: str, columns: Sequence[str], data: Sequence[Sequence[object]]) -> None:
        """Insert whole columns; the types of a table are asked for once."""
        try:
            if table not in self._types:
                context = self._client.create_insert_context(table, column_names=columns)
                self._types[table] = context.column_types
            self._client.insert(
                table, data, column_names=columns, column_types=self._types[table], column_oriented=True
            )
        except ERRORS as error:
            raise of_write(error, self.where) from error

    def connect(self, settings: Mapping[str, object]) -> Client:
        """Give another client of the same ClickHouse, with settings of its own."""
        try:
            client = self._connect(settings)
        except ERRORS as error:
            raise of_write(error, self.where) from error
        client.database = self.database
        return client

    def close(self) -> None:
        """Let go of it."""
        self._client.close()
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_clickhouse(settings: Settings) -> ClickHouse:
    """Open the server that the settings name, or else the folder of this machine."""
    if settings.clickhouse.host is None:
        return open_folder(
            settings.data_dir.joinpath(settings.CLICKHOUSE_FOLDER), settings.clickhouse.database
        )
    return open_server(settings)


def open_folder(folder: Path, database: str) -> ClickHouse:
    """Open the engine embedded in a folder, for this process alone; `FolderBusy` when another has it."""
    lock = FolderLock(folder)
    lock.acquire()
    path = str(folder.joinpath(DATA_FOLDER))

    def connect(more: Mapping[str, object]) -> Client:
        return clickhouse_connect.get_client(interface="chdb", path=path, settings=dict(more))

    try:
        return ClickHouse(connect, where=str(folder), database=database, release=lock.release)
    except ERRORS as error:
        raise ClickHouseRefuses(
            f"The ClickHouse folder {folder} cannot be opened: {said(error)}.",
            f"If its files are damaged, nothing is lost; they are made anew by: {REBUILD}",
        ) from error


def open_server(settings: Settings) -> ClickHouse:
    """Open a ClickHouse server."""
    chosen = settings.clickhouse
    where = f"{chosen.host}:{chosen.port}"
    # A session of one's own would refuse a second question while the first is answered.
    common.set_setting("autogenerate_session_id", False)  # noqa: FBT003 - the client's own signature

    def connect(more: Mapping[str, object]) -> Client:
        return clickhouse_connect.get_client(
            host=chosen.host,
            port=chosen.port,
            username=chosen.username,
            password=chosen.password.get_secret_value() if chosen.password else "",
            secure=chosen.secure,
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=ANSWER_SECONDS,
            settings=dict(more),
        )

    try:
        return ClickHouse(connect, where=where, database=chosen.database, release=lambda: None)
    except ERRORS as error:
        problem = of_write(error, where)
        if isinstance(problem, ClickHouseAway):
            raise ClickHouseAway(
                f"ClickHouse at {where} does not answer: {said(error)}.",
                "Start it, or correct clickhouse.host and clickhouse.port.",
            ) from error
        raise problem from error


def discard(settings: Settings) -> None:
    """Throw away all tables, to build them again from the log."""
    if settings.clickhouse.host is not None:
        with open_server(settings) as clickhouse:
            clickhouse.command(f"DROP DATABASE IF EXISTS {clickhouse.database} SYNC")
        return
    folder = settings.data_dir.joinpath(settings.CLICKHOUSE_FOLDER)
    with FolderLock(folder):
        # Files, not tables: also what no engine can open any more has to go.
        data = folder.joinpath(DATA_FOLDER)
        try:
            if data.is_dir():
                shutil.rmtree(data)
            else:
                data.unlink(missing_ok=True)
        except OSError as error:
            raise FolderUnusable(data, error) from error
