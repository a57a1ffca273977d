import json
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from infra import metrics
from infra.errors import FixSetup
from infra.health import Health
from infra.health_server import HealthServer


def get(server: HealthServer, path: str) -> tuple[int, str]:
    """Ask the server."""
    connection = HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_live_and_ready_answer_with_their_reasons() -> None:
    """A probe gets a status, a person gets the reasons."""
    health = Health("worker-0")
    health.partitions(assigned=2, restored=1)
    with HealthServer(health) as server:
        status, body = get(server, "/live")
        assert (status, json.loads(body)["live"]) == (200, True)
        status, body = get(server, "/ready?verbose=1")
        assert status == 503
        answer = json.loads(body)
        assert (answer["live"], answer["ready"]) == (True, False)
        assert answer["role"] == "worker-0"
        assert answer["reasons"] == ["1 of 2 partitions are restored"]
        assert answer["partitions_assigned"] == 2


def test_metrics_are_served() -> None:
    """Prometheus finds every metric that has a value."""
    metrics.ROUNDS.inc()
    with HealthServer(Health("worker-0")) as server:
        status, body = get(server, "/metrics")
    assert status == 200
    assert "headgate_rounds_total" in body


def test_an_unknown_path_says_what_there_is() -> None:
    """A wrong address is answered helpfully."""
    with HealthServer(Health("worker-0")) as server:
        status, body = get(server, "/health")
    assert status == 404
    assert json.loads(body)["paths"] == ["/live", "/ready", "/metrics"]


def test_a_taken_port_is_told_in_words() -> None:
    """The error names the port and the setting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FixSetup, match=rf"127\.0\.0\.1:{port}.*\n.*telemetry\.http_port"):
            HealthServer(Health("clock"), port=port)
