"""Checks at start that this Faust still works the way the driver needs."""

import inspect

from faust.streams import Stream
from faust.types.tuples import Message

from streams.engine.consumer import RoundConsumer
from streams.engine.errors import DriverMismatch


def check() -> None:
    """Refuse a Faust whose streams or messages differ from what the driver was written for."""
    if not isinstance(RoundConsumer._unacked_messages, set):  # noqa: SLF001 - the private part under test
        raise DriverMismatch(
            "the driver's consumer has no _unacked_messages, which Faust's compiled streams read"
        )
    for name in ("refcount", "generation_id", "tp"):
        if name not in Message.__slots__:
            raise DriverMismatch(f"Faust's messages have no {name!r}")
    if "unacked" not in inspect.getsource(Stream):
        raise DriverMismatch("Faust's streams no longer track messages the way the driver expects")
