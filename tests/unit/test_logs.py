import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from infra import logs
from infra.logs import MASK, mask_secrets, mask_text


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Configure JSON logs into memory, and put the logging of the test run back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    target = io.StringIO()
    logs.configure(level="info", format="auto", role="worker-0", handler=logging.StreamHandler(target))
    yield target
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Read the log lines back."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_role_level_and_time_when_nobody_watches(stream: io.StringIO) -> None:
    """What is no terminal gets one JSON object a line."""
    logs.get("streams.engine").info("round.committed", records=12)
    (line,) = lines(stream)
    assert line["event"] == "round.committed"
    assert (line["role"], line["level"], line["logger"], line["records"]) == (
        "worker-0",
        "info",
        "streams.engine",
        12,
    )
    assert line["timestamp"].endswith("Z")


def test_libraries_write_through_the_same_place(stream: io.StringIO) -> None:
    """The standard library's logging looks the same, and is masked too."""
    logging.getLogger("librdkafka").warning("SASL with %s", "sasl.password=hunter2")
    (line,) = lines(stream)
    assert line["event"] == f"SASL with sasl.password={MASK}"
    assert line["logger"] == "librdkafka"


def test_chatty_libraries_are_heard_from_warning_up(stream: io.StringIO) -> None:
    """What Faust says at info is noise here."""
    logging.getLogger("faust.worker").info("[^Worker]: Starting...")
    logging.getLogger("faust.worker").warning("trouble")
    assert [line["event"] for line in lines(stream)] == ["trouble"]


def test_lines_of_one_kind_are_told_once_in_a_while() -> None:
    """A broker that is away does not fill the log; another kind of trouble is still heard."""
    now = [0]
    only = logs.OneOfAKind(clock=lambda: now[0])

    def passes(text: str) -> str | None:
        record = logging.LogRecord("librdkafka", logging.ERROR, "", 0, "%s", (text,), None)
        return record.getMessage() if only.filter(record) else None

    assert passes("FAIL refused 1") == "FAIL refused 1"
    assert passes("FAIL refused 2") is None
    assert passes("FAIL refused 3") is None
    assert passes("FENCED by another") == "FENCED by another"
    now[0] = logs.REPEATS_EVERY_SECONDS
    assert passes("FAIL refused 4") == "FAIL refused 4 (and 2 lines like it)"


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    """The level of the settings holds."""
    logs.get("a").debug("detail")
    assert stream.getvalue() == ""


def test_a_traceback_in_a_log_is_masked_too(stream: io.StringIO) -> None:
    """An exception's text may quote what it choked on."""
    try:
        int("token=abc123")
    except ValueError:
        logs.get("a").exception("failed")
    assert "abc123" not in stream.getvalue()
    assert "ValueError" in lines(stream)[0]["exception"]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "sasl.password",
        "client_secret",
        "refresh_token",
        "api_key",
        "private-key",
        "Authorization",
    ],
)
def test_a_value_with_a_secret_name_is_masked_at_any_depth(name: str) -> None:
    """Names decide, wherever they stand."""
    event = {"event": "x", "conf": {name: "hunter2", "inner": [{name: "hunter2"}]}, name: "hunter2"}
    assert "hunter2" not in repr(mask_secrets(None, "info", event))


@pytest.mark.parametrize("name", ["key", "keys", "partition", "monkey", "keyboard"])
def test_an_ordinary_key_is_not_masked(name: str) -> None:
    """A Kafka key is no secret."""
    assert mask_secrets(None, "info", {name: "acme/google/1"}) == {name: "acme/google/1"}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("sasl.password=hunter2 and more", f"sasl.password={MASK} and more"),
        ('{"api_key": "hunter2", "a": 1}', f'{{"api_key": "{MASK}", "a": 1}}'),
        ("Authorization: Bearer hunter2", f"Authorization: Bearer {MASK}"),
        ("https://me:hunter2@example.org/x", f"https://me:{MASK}@example.org/x"),
        ("nothing to hide: 12 records", "nothing to hide: 12 records"),
    ],
)
def test_a_secret_inside_a_sentence_is_masked(text: str, masked: str) -> None:
    """Secrets slip into messages of libraries, too."""
    assert mask_text(text) == masked


def test_people_get_lines_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A terminal gets text."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    target = io.StringIO()
    try:
        logs.configure(level="info", format="human", role="clock", handler=logging.StreamHandler(target))
        logs.get("a").info("clock.started", password="hunter2")  # noqa: S106 - a secret to be masked
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    assert "clock.started" in target.getvalue()
    assert "hunter2" not in target.getvalue()
    assert not target.getvalue().startswith("{")
    assert capsys.readouterr().out == ""


def test_being_ready_is_a_line_that_a_supervisor_understands(stream: io.StringIO) -> None:
    """The event's name is the contract between a role and its supervisor."""
    logs.announce_ready(http="http://127.0.0.1:1")
    assert lines(stream)[0]["event"] == logs.READY_EVENT
