"""A real Kafka for tests: one broker for the whole run, three for a test that kills one."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra import address
from infra.kafka import LocalKafka

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a broker that all workers of this run share; topics are the test's own."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # noqa: TID251 - set by xdist itself
    with _shared_broker(shared) as bootstrap:
        yield bootstrap


@pytest.fixture
def three_brokers(tmp_path: Path) -> Iterator[LocalKafka]:
    """Give a cluster of three, for this test alone."""
    with LocalKafka(tmp_path / "three-brokers", brokers=3, heap_mib=256, short_lived=True) as cluster:
        yield cluster
    shutil.rmtree(cluster.folder)


@pytest.fixture
def topic_name(request: pytest.FixtureRequest) -> str:
    """Give a topic name that no other test has."""
    return f"{request.node.originalname.replace('_', '-')[:60]}-{uuid.uuid4().hex[:8]}"


@contextmanager
def _shared_broker(folder: Path) -> Iterator[str]:
    """Join the run's broker, or start it and stay until nobody uses it any more."""
    current = folder / "kafka-current"
    with (folder / "kafka-starting.lock").open("wb") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        users = _join(current)
        kafka = None
        if users is None:
            kafka = LocalKafka(folder / f"kafka-{uuid.uuid4().hex[:8]}", short_lived=True)
            kafka.start()
            (kafka.folder / "users.lock").touch()
            current.write_text(str(kafka.folder), encoding="utf-8")
            users = _join(current)
    if users is None:
        raise AssertionError("the broker that was just started cannot be joined")
    try:
        yield address.read(Path(current.read_text(encoding="utf-8"))) or ""
    finally:
        if kafka is not None:
            # Waits until the last user has gone; whoever comes now finds it taken and starts another.
            fcntl.flock(users, fcntl.LOCK_EX)
            kafka.stop()
            shutil.rmtree(kafka.folder)
        os.close(users)


def _join(current: Path) -> int | None:
    """Return a descriptor that keeps the current broker up, None when there is none or it is ending."""
    try:
        descriptor = os.open(Path(current.read_text(encoding="utf-8")) / "users.lock", os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
