"""A small HTTP server beside a role: /live, /ready and /metrics."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from infra.errors import FixSetup
from infra.logs import get

if TYPE_CHECKING:
    from types import TracebackType

    from infra.health import Health

# A client that sends nothing must not hold a thread for ever.
REQUEST_TIMEOUT_SECONDS = 5

_log = get(__name__)


class HealthServer:
    """Serves the verdicts of a `Health` and the metrics of this process; use as a context."""

    def __init__(self, health: Health, *, host: str = "127.0.0.1", port: int = 0) -> None:
        try:
            self._server = _Server((host, port), health)
        except OSError as error:
            raise FixSetup(
                what=f"The health server of {health.role} cannot listen on {host}:{port}: {error.strerror}.",
                next_step="Set telemetry.http_port to a free port, or to 0 to have one chosen.",
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="health-server", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the base address."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], health: Health) -> None:
        self.health = health
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = REQUEST_TIMEOUT_SECONDS
    server_version = "headgate"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one of the three paths."""
        path = self.path.partition("?")[0]
        if path in {"/live", "/ready"}:
            self._tell(path)
        elif path == "/metrics":
            self._send(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))
        else:
            body = json.dumps({"error": f"no {path} here", "paths": ["/live", "/ready", "/metrics"]})
            self._send(HTTPStatus.NOT_FOUND, "application/json", body.encode())

    def _tell(self, path: str) -> None:
        live, ready = self.server.health.liveness(), self.server.health.readiness()
        asked = live if path == "/live" else ready
        status = HTTPStatus.OK if asked.ok else HTTPStatus.SERVICE_UNAVAILABLE
        body = {
            "role": self.server.health.role,
            "live": live.ok,
            "ready": ready.ok,
            "reasons": asked.reasons,
            **asked.facts,
        }
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server passes
        """Send the access log where all logs go, at debug."""
        _log.debug("http.request", line=format % args)
