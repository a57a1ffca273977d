"""Chooses loopback ports for brokers, and keeps them so that a restart has the same address."""

from __future__ import annotations

import json
import random
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from infra.kafka.errors import PortTaken

if TYPE_CHECKING:
    from collections.abc import Sequence

HOST = "127.0.0.1"
PORT_LOW = 20_000
# Tries before the kernel is asked for any free port.
TRIES_MAX = 200
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """Say whether a broker could listen on this loopback port now."""
    with socket.socket() as probe:
        return _bind(probe, port)


def choose(folder: Path, brokers: int, asked: Sequence[int] | None) -> list[tuple[int, int]]:
    """Return a client and a controller port a broker: asked, else those of the last start, else new."""
    for port in asked or ():
        if not is_free(port):
            raise PortTaken(port)
    kept = _kept(folder, brokers)
    with ExitStack() as held:
        pairs: list[tuple[int, int]] = []
        for index in range(brokers):
            before = kept[index] if kept else (0, 0)
            client = asked[index] if asked else _take(held, before[0])
            pairs.append((client, _take(held, before[1])))
    (folder / "ports.json").write_text(json.dumps(pairs), encoding="utf-8")
    return pairs


def forget(folder: Path) -> None:
    """Drop the kept ports, after one of them turned out to be taken."""
    (folder / "ports.json").unlink(missing_ok=True)


def _kept(folder: Path, brokers: int) -> list[tuple[int, int]]:
    try:
        pairs = json.loads((folder / "ports.json").read_text(encoding="utf-8"))
        numbers = [(int(client), int(controller)) for client, controller in pairs]
    except (OSError, ValueError, TypeError):
        # Missing or damaged: new ports serve as well, since clients are told the address at each start.
        return []
    return numbers if len(numbers) == brokers else []


def _take(held: ExitStack, wanted: int) -> int:
    """Bind the wanted port, else a free one, until all are chosen, so that none is chosen twice."""
    # Below the ephemeral range: a client that knocks while its broker is away could be given the broker's
    # own port as its source port, connect to itself, and keep the broker from coming back.
    high = _ephemeral_low() - 1
    tries = [random.randint(PORT_LOW, high) for _ in range(TRIES_MAX)] if high > PORT_LOW else []  # noqa: S311 - no secret
    for port in [wanted, *tries] if wanted else tries:
        probe = held.enter_context(socket.socket())
        if _bind(probe, port):
            return port
    probe = held.enter_context(socket.socket())
    probe.bind((HOST, 0))
    return int(probe.getsockname()[1])


def _bind(probe: socket.socket, port: int) -> bool:
    # As Java does: a closed connection that lingers is no reason to refuse.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((HOST, port))
        probe.listen(1)
    except OSError:
        return False
    return True


def _ephemeral_low() -> int:
    try:
        return int(_EPHEMERAL_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768
