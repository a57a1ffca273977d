"""Waits until brokers serve: all of them known, and transactions possible."""

from __future__ import annotations

import logging
import socket
import time
from functools import partial
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from infra.kafka.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# librdkafka tells of every refused connection; while a broker starts that is no news.
_LOG = logging.getLogger(__name__)
# Short enough that waiting adds little to a start of two seconds.
LOOK_EACH_MS = 20
ASK_TIMEOUT_SECONDS = 2


class NotReady(Exception):  # noqa: N818 - reads as what happened, like the errors for people
    """The brokers do not serve, and the time is up or one of them has ended."""


def wait_until_ready(ports: Sequence[int], deadline: float, still_worth_it: Callable[[], bool]) -> None:
    """Return when every broker serves; `NotReady` when `deadline` (monotonic seconds) or hope has passed."""
    conf: dict[str, str | int | float | bool] = {
        "bootstrap.servers": ",".join(f"{HOST}:{port}" for port in ports),
        "reconnect.backoff.ms": 20,
        "reconnect.backoff.max.ms": 200,
        "log_level": 2,
    }
    for port in ports:
        _poll(partial(_listens, port), deadline, still_worth_it)
    admin = AdminClient(conf, logger=_LOG)
    _poll(lambda: _knows(admin, len(ports)), deadline, still_worth_it)
    producer = Producer({**conf, "transactional.id": "headgate-readiness"}, logger=_LOG)
    _poll(lambda: _transacts(producer), deadline, still_worth_it)


def _poll(ask: Callable[[], bool], deadline: float, still_worth_it: Callable[[], bool]) -> None:
    while not ask():
        if not still_worth_it() or time.monotonic() > deadline:
            raise NotReady
        time.sleep(LOOK_EACH_MS / 1000)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=ASK_TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def _knows(admin: AdminClient, brokers: int) -> bool:
    try:
        return len(admin.list_topics(timeout=ASK_TIMEOUT_SECONDS).brokers) >= brokers
    except KafkaException:
        return False


def _transacts(producer: Producer) -> bool:
    try:
        producer.init_transactions(ASK_TIMEOUT_SECONDS)
    except KafkaException as failure:
        error: KafkaError = failure.args[0]
        if error.fatal():
            raise
        return False
    return True
