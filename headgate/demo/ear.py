"""A receiver of webhooks that trusts nobody: it checks each signature by the letter of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how such secrets begin, not one of them
BODY_BYTES_MAX: Final = 1024 * 1024
AWAY, WRONG, TAKEN = 503, 401, 204


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that came with a right signature."""

    id: str
    """The id of the fact that it tells of."""
    message_id: str
    type: str
    title: str


class Ear:
    """Listens on loopback; while it is `deaf`, whoever comes is sent away."""

    def __init__(self, seed: int) -> None:
        # Of this run alone, and the same when it is repeated.
        key = hashlib.sha256(f"headgate demo {seed}".encode()).digest()
        self.secret = SECRET_PREFIX + base64.b64encode(key).decode()
        self.deaf = False
        self.refused = self.sent_away = 0
        self.heard: list[Heard] = []
        ear, self._key = self, key

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(min(length, BODY_BYTES_MAX))
                self.send_response(
                    ear.take({name.lower(): value for name, value in self.headers.items()}, body)
                )
                self.end_headers()

            def log_message(self, *_said: object) -> None:
                """Say nothing: the demo tells of it in its own way."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="ear", daemon=True)

    @property
    def url(self) -> str:
        """Where messages are posted to."""
        return f"http://127.0.0.1:{self._server.server_port}/alerts"

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Take a message, and return the status to answer with."""
        if self.deaf:
            self.sent_away += 1
            return AWAY
        if not is_signed(self._key, headers, body):
            self.refused += 1
            return WRONG
        told = msgspec.json.decode(body)
        data = told["data"]
        self.heard.append(Heard(data["id"], headers["webhook-id"], told["type"], data["title"]))
        return TAKEN


def is_signed(key: bytes, headers: Mapping[str, str], body: bytes) -> bool:
    """Say whether one of a message's signatures is that of its id, its moment and its body."""
    signed = b".".join(
        (headers.get("webhook-id", "").encode(), headers.get("webhook-timestamp", "").encode(), body)
    )
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    given = headers.get("webhook-signature", "").split()
    return any(
        hmac.compare_digest(one.partition(",")[2].encode(), wanted) for one in given if one.startswith("v1,")
    )
