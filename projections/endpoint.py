"""Where the projector answers questions on this machine, and the small HTTP around them.

The embedded engine belongs to one process, so that process answers for all; whoever may read the address
file, which is its owner alone, may ask.
"""

from __future__ import annotations

import hmac
import http.client
import os
import secrets
import threading
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from infra import logs
from infra.errors import HeadgateError, WaitAndRetry
from projections.errors import ClickHouseAway, ClickHouseFull, ClickHouseRefuses, QueryRefused
from projections.reader import SECONDS_MAX, Answer, Reader

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from projections.client import ClickHouse

ADDRESS_NAME: Final = "projector.json"
AT_ONCE_MAX: Final = 3  # questions that are answered side by side; others wait for their turn
REQUEST_SECONDS: Final = 5  # a client that sends nothing must not hold a thread for ever
REQUEST_BYTES_MAX: Final = 1024 * 1024
ANSWER_SECONDS: Final = 3 * SECONDS_MAX
_ERRORS: Final[dict[str, type[HeadgateError]]] = {
    kind.__name__: kind for kind in (ClickHouseAway, ClickHouseFull, ClickHouseRefuses, QueryRefused)
}
_log = logs.get(__name__)


class Address(msgspec.Struct, frozen=True):
    """Where to ask, and the token that lets in."""

    host: str
    port: int
    token: str


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent to the endpoint."""

    sql: str
    params: dict[str, Any] = {}
    limit: int = 1000


class Trouble(msgspec.Struct, frozen=True):
    """An error on its way to whoever asked."""

    kind: str
    what: str
    next_step: str


class Endpoint:
    """Answers questions on loopback for as long as it is open; use as a context."""

    def __init__(self, clickhouse: ClickHouse, data_dir: Path) -> None:
        self._file = data_dir.joinpath(ADDRESS_NAME)
        self._readers: Queue[Reader] = Queue()
        self._all = [Reader(clickhouse) for _ in range(AT_ONCE_MAX)]
        for reader in self._all:
            self._readers.put(reader)
        self._server = _Server(self._readers, secrets.token_hex(16))
        self._thread = threading.Thread(target=self._server.serve_forever, name="queries", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        host, port = self._server.server_address[:2]
        _write(self._file, Address(str(host), int(port), self._server.token))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for _ in self._all:
            # A question that is still being answered ends with the process.
            with suppress(Empty):
                self._readers.get(timeout=SECONDS_MAX).close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, readers: Queue[Reader], token: str) -> None:
        self.readers, self.token = readers, token
        super().__init__(("127.0.0.1", 0), _Handler)

    def answer(self, question: Question) -> Answer:
        """Answer with the next reader that is free."""
        try:
            reader = self.readers.get(timeout=SECONDS_MAX)
        except Empty as error:
            raise ClickHouseAway(
                f"{AT_ONCE_MAX} other questions are being answered.", "Ask again in a moment."
            ) from error
        try:
            return reader.ask(question.sql, question.params, question.limit)
        finally:
            self.readers.put(reader)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST_SECONDS
    server_version = "headgate"
    sys_version = ""

    def do_POST(self) -> None:
        """Answer one question."""
        if not hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {self.server.token}"):
            self._send(
                HTTPStatus.UNAUTHORIZED, Trouble("QueryRefused", "Wrong token.", f"See {ADDRESS_NAME}.")
            )
            return
        try:
            length = int(self.headers.get("Content-Length", ""))
            if not 0 < length <= REQUEST_BYTES_MAX:
                raise ValueError(f"a question of {length} bytes")  # noqa: TRY301 - one answer for all bad requests
            question = msgspec.json.decode(self.rfile.read(length), type=Question)
        except ValueError as error:
            self._send(HTTPStatus.BAD_REQUEST, Trouble("QueryRefused", f"No question: {error}.", "Send one."))
            return
        try:
            answer = self.server.answer(question)
        except HeadgateError as error:
            trouble = Trouble(type(error).__name__, error.what, error.next_step)
            self._send(HTTPStatus.UNPROCESSABLE_ENTITY, trouble)
        else:
            self._send(HTTPStatus.OK, answer)

    def _send(self, status: HTTPStatus, said: Answer | Trouble) -> None:
        body = msgspec.json.encode(said)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server passes
        """Send the access log where all logs go, at debug."""
        _log.debug("http.request", line=format % args)


def find(data_dir: Path) -> Address | None:
    """Return where the projector of a folder answers, or last did; None when none ever did."""
    try:
        return msgspec.json.decode((data_dir.joinpath(ADDRESS_NAME)).read_bytes(), type=Address)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def ask(address: Address, question: Question) -> Answer | None:
    """Ask a projector; None when nobody answers there any more."""
    connection = http.client.HTTPConnection(address.host, address.port, timeout=ANSWER_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {address.token}", "Content-Type": "application/json"}
        connection.request("POST", "/", msgspec.json.encode(question), headers)
        response = connection.getresponse()
        body = response.read()
    except (ConnectionRefusedError, ConnectionResetError, http.client.RemoteDisconnected):
        return None
    except (OSError, http.client.HTTPException) as error:
        raise WaitAndRetry(
            f"The projector does not answer: {error}.", "Look at its log, or try again."
        ) from error
    finally:
        connection.close()
    if response.status == HTTPStatus.OK:
        return msgspec.json.decode(body, type=Answer)
    if response.status == HTTPStatus.UNAUTHORIZED:
        return None  # something else listens there by now
    trouble = msgspec.json.decode(body, type=Trouble)
    raise _ERRORS.get(trouble.kind, QueryRefused)(trouble.what, trouble.next_step)


def _write(file: Path, address: Address) -> None:
    fresh = file.with_name(f"{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(msgspec.json.encode(address))
    fresh.replace(file)
