import pytest
from faust.types.tuples import Message

from streams.engine import selftest
from streams.engine.consumer import RoundConsumer
from streams.engine.errors import DriverMismatch


def test_this_faust_is_the_one_the_driver_was_written_for() -> None:
    """The locked version passes."""
    selftest.check()


def test_a_consumer_without_the_set_that_streams_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one private name: without it Faust's compiled streams break at the first record."""
    monkeypatch.setattr(RoundConsumer, "_unacked_messages", None)
    with pytest.raises(DriverMismatch, match="_unacked_messages") as caught:
        selftest.check()
    assert "uv sync --locked" in caught.value.next_step


def test_another_kind_of_message_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages must count their readers, or a round would not know when all agents are through."""
    monkeypatch.setattr(Message, "__slots__", ("topic", "partition", "tp", "generation_id"))
    with pytest.raises(DriverMismatch, match="refcount"):
        selftest.check()


def test_another_kind_of_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Faust that tracks messages another way is refused at the start, not at the first record."""
    monkeypatch.setattr(selftest.inspect, "getsource", lambda _what: "class Stream: ...")
    with pytest.raises(DriverMismatch, match="no longer track"):
        selftest.check()
