"""Small conversions and checks of values, shared by the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import SecretStr

# What the engine or the other settings decide; another value would break what they promise.
RESERVED_CLIENT_OPTIONS = frozenset(
    {
        "auto.offset.reset",
        "bootstrap.servers",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "group.id",
        "group.instance.id",
        "isolation.level",
        "metadata.broker.list",
        "partition.assignment.strategy",
        "transactional.id",
    }
)
_SECRET_NAME = re.compile(r"password|secret|token|key|sasl\.jaas|credential", re.IGNORECASE)


def flat(value: object) -> object:
    """Accept `security.protocol = ...` unquoted, which TOML reads as a table in a table."""
    if not isinstance(value, Mapping):
        return value
    joined: dict[str, object] = {}
    for name, inner in value.items():
        below = flat(inner)
        if isinstance(below, Mapping):
            joined.update({f"{name}.{rest}": one for rest, one in below.items()})
        else:
            joined[name] = str(below).lower() if isinstance(below, bool) else _text(below)
    return joined


def client_options(options: dict[str, SecretStr]) -> dict[str, SecretStr]:
    """Refuse the options that are not the user's to choose."""
    if taken := sorted(RESERVED_CLIENT_OPTIONS & options.keys()):
        raise ValueError(f"{', '.join(taken)} is decided by Headgate itself and cannot be set here")
    return options


def is_secret(name: str) -> bool:
    """Say whether an option of that name carries a secret."""
    return _SECRET_NAME.search(name) is not None


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) else value
