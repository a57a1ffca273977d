"""Where values come from: flags, environment variables and the nearest headgate.toml."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_settings import EnvSettingsSource, SettingsError

from infra import machine
from infra.settings.errors import SettingsWrong
from infra.settings.model import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE_NAME = "headgate.toml"
ENV_PREFIX = "HEADGATE_"
# A proposal that is less alike than this helps nobody.
LIKENESS_MIN = 0.6


@dataclass(frozen=True, slots=True)
class Source:
    """Values by dotted name, and how to say where one comes from."""

    values: dict[str, Any]
    label: Callable[[str], str]
    folder: Path = field(default_factory=Path)


def names() -> dict[str, str]:
    """Return the dotted name of every setting with its meaning, in order."""
    return dict(_names(Settings, ""))


def from_file(path: Path | None) -> Source:
    """Read the given file, else the nearest one from the current folder upwards, else nothing."""
    found = path or _nearest()
    if found is None:
        return Source({}, lambda _name: FILE_NAME)
    try:
        content = tomllib.loads(found.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsWrong(
            f"The settings file {found} cannot be read: {error.strerror}.",
            "Correct the path given by --config.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong(
            f"The settings file {found} is no TOML: {error}.", "Correct that line, then try again."
        ) from error
    values = _dotted(content)
    for name in values:
        _refuse_unknown(name, f"the settings file {found}", lambda proposal: proposal)
    return Source(values, lambda _name: str(found), found.parent)


def from_environment() -> Source:
    """Read the variables HEADGATE_..., whose double underscores separate group and name."""
    given = [name for name in machine.environment() if name.upper().startswith(ENV_PREFIX)]
    for variable in given:
        name = variable[len(ENV_PREFIX) :].lower().replace("__", ".")
        _refuse_unknown(name, "the environment", variable_of)
    try:
        values = _dotted(EnvSettingsSource(Settings)()) if given else {}
    except SettingsError as error:
        raise SettingsWrong(
            f"A variable of the environment is not what it should be: {error}.",
            f'{variable_of("kafka.client")} is JSON, such as \'{{"security.protocol": "SSL"}}\'.',
        ) from error
    return Source(values, lambda name: f"environment ({variable_of(name)})")


def from_flags(flags: Mapping[str, Any]) -> Source:
    """Take the values of command line options, by dotted name; None means not given."""
    values = {name: value for name, value in flags.items() if value is not None}
    for name in values:
        _refuse_unknown(name, "the command line", lambda proposal: proposal)
    return Source(values, lambda _name: "command line")


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return ENV_PREFIX + name.upper().replace(".", "__")


def _names(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str]]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _names(info.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info.description or ""


def _nearest() -> Path | None:
    here = Path.cwd()
    return next((path for folder in (here, *here.parents) if (path := folder / FILE_NAME).is_file()), None)


def _dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Flatten groups into dotted names; what is a setting itself stays whole, tables included."""
    known = names()
    found: dict[str, Any] = {}
    for name, value in values.items():
        full = f"{prefix}{name}"
        if isinstance(value, Mapping) and full not in known:
            found.update(_dotted(value, f"{full}."))
        else:
            found[full] = value
    return found


def _refuse_unknown(name: str, where: str, spell: Callable[[str], str]) -> None:
    known = names()
    if name in known:
        return
    if any(full.startswith(f"{name}.") for full in known):
        raise SettingsWrong(
            f"{spell(name)} in {where} is a group of settings, not one setting.",
            f"Set one of its settings, such as {spell(next(f for f in known if f.startswith(f'{name}.')))}.",
        )
    near = difflib.get_close_matches(name, known, n=1, cutoff=LIKENESS_MIN)
    hint = f"Did you mean {spell(near[0])}? " if near else ""
    raise SettingsWrong(
        f"There is no setting {spell(name)}, and {where} sets it.", f"{hint}`headgate config show` lists all."
    )
