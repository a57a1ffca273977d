from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tools import schema


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with everything as generated."""
    assert schema.main([], tmp_path) == 0
    return tmp_path


def _change(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = msgspec.json.decode(file.read_bytes())
    change(document["$defs"]["SpendRecorded"])
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def test_what_is_committed_is_what_the_code_says() -> None:
    """The schemas in the repository are fresh, so `make check` is quiet."""
    assert schema.main(["--check"]) == 0


def test_what_was_just_written_is_fresh(folder: Path) -> None:
    """Writing twice gives the same, and the check agrees."""
    assert schema.main(["--check"], folder) == 0
    assert schema.main([], folder) == 0


@pytest.mark.parametrize("name", ["spend.recorded.v2.json", "asyncapi.yaml"])
def test_a_missing_file_is_stale_and_written_again(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The check fails and names the file; writing brings it back."""
    (folder / name).unlink()
    assert schema.main(["--check"], folder) == 1
    assert f"{name} is stale" in capsys.readouterr().err
    assert schema.main([], folder) == 0
    assert schema.main(["--check"], folder) == 0


def test_better_words_are_stale_and_no_breach(folder: Path) -> None:
    """A description may change: the check asks for a new file, and writing gives it."""
    _change(folder / "spend.recorded.v2.json", lambda body: body.update(description="Old words."))
    assert schema.main(["--check"], folder) == 1
    assert schema.main([], folder) == 0
    assert schema.main(["--check"], folder) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["properties"].pop("currency"),
        lambda body: body["properties"].update(title={"type": "string"}),
        lambda body: body["required"].remove("currency"),
        lambda body: body["properties"]["amount_micros"].update(maximum=5),
        lambda body: body["properties"]["campaign"].update(type="integer"),
        lambda body: body.update(additionalProperties=True),
    ],
    ids=["a field more", "a field less", "newly required", "another limit", "another type", "strictness"],
)
def test_a_published_schema_is_never_changed(
    folder: Path, change: Callable[[dict[str, Any]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """When the code means something else than what was published, neither check nor writing accepts it."""
    file = folder / "spend.recorded.v2.json"
    _change(file, change)
    published = file.read_bytes()
    assert schema.main(["--check"], folder) == 1
    assert schema.main([], folder) == 1
    assert "make a new version" in capsys.readouterr().err
    assert file.read_bytes() == published


def test_a_class_may_take_another_name(folder: Path) -> None:
    """A new version takes the old one's class name; what was published under it means the same as before."""
    file = folder / "spend.recorded.v1.json"
    file.write_text(file.read_text("utf-8").replace("SpendRecordedV1", "SpendRecorded"), "utf-8")
    assert schema.main([], folder) == 0
    assert schema.main(["--check"], folder) == 0


def test_a_published_version_stays_for_ever(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A schema whose version the code has forgotten is an error, since the log has not forgotten it."""
    (folder / "spend.recorded.v3.json").write_text("{}")
    assert schema.main(["--check"], folder) == 1
    assert "keep old versions for ever" in capsys.readouterr().err
