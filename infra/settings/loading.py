"""Puts the sources together: flags before environment before file before defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr, ValidationError

from infra.logs import MASK, mask_text
from infra.settings import sources, values
from infra.settings.errors import SettingsWrong
from infra.settings.model import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.settings.sources import Source

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Explained:
    """A setting as it holds: its value (secrets masked), where that came from, and what it means."""

    name: str
    value: Any
    source: str
    meaning: str


def load(config: Path | None = None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings that hold; `SettingsWrong` names what is wrong and where it stands."""
    return _settle(_sources(config, flags))


def explain(config: Path | None = None, flags: Mapping[str, Any] | None = None) -> list[Explained]:
    """Return every setting with where its value came from."""
    found = _sources(config, flags)
    settings = _settle(found)
    return [
        Explained(name, _shown(_value(settings, name)), _origin(name, found), meaning)
        for name, meaning in sources.names().items()
    ]


def _sources(config: Path | None, flags: Mapping[str, Any] | None) -> list[Source]:
    """Return the sources, the one that wins first."""
    return [sources.from_flags(flags or {}), sources.from_environment(), sources.from_file(config)]


def _settle(found: list[Source]) -> Settings:
    together: dict[str, Any] = {}
    for source in reversed(found):
        together.update(source.values)
    _resolve_data_dir(together, found)
    try:
        return Settings(**_nested(together))
    except ValidationError as error:
        raise _wrong(error, found) from error


def _resolve_data_dir(together: dict[str, Any], found: list[Source]) -> None:
    """Take a relative data_dir of the file from the file's folder, wherever the command was called."""
    _flags, _environment, file = found
    given = together.get("data_dir")
    if _origin("data_dir", found) == file.label("data_dir") and isinstance(given, str):
        together["data_dir"] = file.folder / given


def _nested(dotted: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for name, value in dotted.items():
        *groups, last = name.split(".")
        target = nested
        for group in groups:
            target = target.setdefault(group, {})
        target[last] = value
    return nested


def _origin(name: str, found: list[Source]) -> str:
    return next((source.label(name) for source in found if name in source.values), DEFAULT)


def _value(settings: Settings, name: str) -> Any:  # noqa: ANN401 - settings have many types
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value


def _shown(value: Any) -> Any:  # noqa: ANN401 - settings have many types
    if isinstance(value, dict):
        return {name: _shown_option(name, inner) for name, inner in value.items()}
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, BaseModel):
        return {name: _shown(inner) for name, inner in value if inner is not None}
    if isinstance(value, tuple):
        return [_shown(inner) for inner in value]
    return mask_text(value) if isinstance(value, str) else value


def _shown_option(name: str, value: Any) -> Any:  # noqa: ANN401 - likewise
    """Show an option by its name: those of librdkafka are kept as secrets, and few of them are any."""
    if isinstance(value, SecretStr) and not values.is_secret(name):
        return mask_text(value.get_secret_value())
    return _shown(value)


def _wrong(error: ValidationError, found: list[Source]) -> SettingsWrong:
    # One at a time: the first is enough to begin with, and the next run tells of the next.
    first = error.errors(include_url=False, include_input=False)[0]
    known = sources.names()
    parts = [str(part) for part in first["loc"]]
    name = next((".".join(parts[:n]) for n in (1, 2, 3) if ".".join(parts[:n]) in known), ".".join(parts))
    told = first["msg"].removeprefix("Value error, ")
    inside = ".".join(parts[len(name.split(".")) :])
    return SettingsWrong(
        f"The setting {name} ({_origin(name, found)}) has a value that cannot be: "
        f"{f'{inside}: ' if inside else ''}{told}.",
        f"It means: {known.get(name, 'unknown')} Correct it there, then try again.",
    )
