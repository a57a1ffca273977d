"""Reads rows out of an agent's own table: what holds, not what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from domain.account.rows import AnyRow
from events import topics
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.values import VERSION_BYTES
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.engine.options import KafkaConf

CHANGELOG = topics.changelog_name(GROUP, ACCOUNT.table)


def rows(
    conf: KafkaConf,
    changelog: str,
    is_wanted: Callable[[bytes], bool],
    kinds: Any = AnyRow,  # noqa: ANN401 - a union of rows: the account agent's, or another agent's
) -> dict[bytes, Any]:
    """Return the newest row of each key that is wanted; what was deleted is not there."""
    newest: dict[bytes, bytes | None] = {}
    for message in reading.read(conf, changelog):
        key: Any = message.key()
        if is_wanted(key):
            newest[key] = message.value()
    decode = msgspec.msgpack.Decoder(kinds).decode
    return {key: decode(value[VERSION_BYTES:]) for key, value in newest.items() if value is not None}


def of_account(subject: str) -> Callable[[bytes], bool]:
    """Return which keys belong to an account, its campaigns' among them, and the partition's clock."""
    own, below = subject.encode(), f"{subject}\0".encode()
    return lambda key: key == own or key.startswith(below) or key == b"\0clock"
