import builtins
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from infra import tracing
from infra.errors import FixSetup

TIMEOUT_SECONDS = 120


@pytest.fixture
def collector() -> Iterator[tuple[str, "Queue[tuple[str, bytes]]"]]:
    """Run an HTTP receiver; give its address and what it received."""
    received: Queue[tuple[str, bytes]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", received
    tracing.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_spans_arrive_at_the_endpoint(collector: tuple[str, "Queue[tuple[str, bytes]]"]) -> None:
    """A span has its name, its attributes and its parent."""
    endpoint, received = collector
    tracing.configure(endpoint, role="worker-0")
    with tracing.span("round", records=3), tracing.span("commit") as span:
        span.set(topic="account-facts")
    tracing.close()
    path, body = received.get(timeout=TIMEOUT_SECONDS)
    assert path == "/v1/traces"
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    commit, whole = resource.scope_spans[0].spans
    assert (commit.name, whole.name) == ("commit", "round")
    assert commit.parent_span_id == whole.span_id
    assert whole.attributes[0].key == "records"
    assert whole.attributes[0].value.int_value == 3
    assert commit.attributes[0].value.string_value == "account-facts"


def test_without_an_endpoint_a_span_does_nothing() -> None:
    """The same interface costs nothing when nobody traces."""
    tracing.configure(None, role="worker-0")
    with tracing.span("round", records=3) as span:
        span.set(more=1)


def test_an_endpoint_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot work is told at once."""
    importing = builtins.__import__

    def without_opentelemetry(name: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - the signature of __import__
        if name.startswith("opentelemetry"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return importing(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "infra.tracing_otlp", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_opentelemetry)
    with pytest.raises(FixSetup, match=r"opentelemetry.*\n.*headgate\[tracing\]"):
        tracing.configure("http://127.0.0.1:1", role="worker-0")
