"""Write JSON Schemas and the AsyncAPI document from the code, or check them against the published ones."""

import argparse
import inspect
import re
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from events import registry
from events.envelope import dataschema
from events.types.fact import Fact
from tools import asyncapi

FOLDER: Final = Path(__file__).parent.parent / "events" / "schemas"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ASYNCAPI_FILE: Final = "asyncapi.yaml"
OLD_NAME: Final = re.compile(r'((?:"|#/\$defs/)[A-Z][A-Za-z]*?)V\d+(?=")')  # and in references
WORDS: Final = frozenset({"title", "description"})  # what may be said better without meaning something else


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Run the tool; the exit code is 1 when something has to be done by a person."""
    parser = argparse.ArgumentParser(prog="python -m tools.schema", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when a file is not as it should be"
    )
    is_check = parser.parse_args(arguments).check
    wanted = documents()
    broken = broken_promises(wanted, folder)
    stale = stale_files(wanted, folder)
    if not is_check and not broken:
        folder.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (folder / name).write_text(wanted[name], "utf-8")
            sys.stdout.write(f"wrote {folder.name}/{name}\n")
        stale = []
    for line in [
        *broken,
        *(f"{name} is stale: run `make schema` and commit what it writes" for name in stale),
    ]:
        sys.stderr.write(f"{line}\n")
    return 1 if broken or stale else 0


def documents() -> dict[str, str]:
    """Give every generated file's content by its name."""
    files = {file_name(fact): _json(schema(fact)) for fact in registry.ALL.values()}
    return {**dict(sorted(files.items())), ASYNCAPI_FILE: asyncapi.document()}


def file_name(fact: type[Fact]) -> str:
    """Name the schema file of a type and version."""
    return f"{fact.TYPE}.v{fact.VERSION}.json"


def schema(fact: type[Fact]) -> dict[str, Any]:
    """Give the JSON Schema of a type and version."""
    body = _cleaned(msgspec.json.schema(fact))
    return {"$schema": DIALECT, "$id": dataschema(fact.TYPE, fact.VERSION), **body}


def broken_promises(wanted: dict[str, str], folder: Path) -> list[str]:
    """Say which published schemas the code no longer keeps; better words are no breach."""
    broken = []
    for file in sorted(folder.glob("*.json")):
        if file.name not in wanted:
            broken.append(
                f"{file.name} was published and the code knows it no more: keep old versions for ever"
            )
            continue
        published = _meaning(_unnamed(msgspec.json.decode(file.read_bytes())))
        meant = _meaning(_unnamed(msgspec.json.decode(wanted[file.name])))
        places = _differences(published, meant, "$")
        if places:
            broken.append(
                f"{file.name} was published and would change at {', '.join(places[:5])}: make a new version "
                "with an upcaster (docs/how-to/add-an-event.md); if it never left this machine, delete the "
                "file and run again"
            )
    return broken


def stale_files(wanted: dict[str, str], folder: Path) -> list[str]:
    """Name the files that are missing or not as generated."""
    return [
        name
        for name, text in wanted.items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]


def _json(document: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _cleaned(node: Any) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(node, dict):
        return {
            key: inspect.cleandoc(value)
            if key == "description" and isinstance(value, str)
            else _cleaned(value)
            for key, value in node.items()
        }
    return [_cleaned(value) for value in node] if isinstance(node, list) else node


def _unnamed(document: dict[str, Any]) -> dict[str, Any]:
    # A class gets another name when a new version takes its own; the log never heard of either.
    text = msgspec.json.encode(document).decode()
    plain: dict[str, Any] = msgspec.json.decode(OLD_NAME.sub(r"\1", text))
    name = str(plain.get("$ref", "")).removeprefix("#/$defs/")
    definitions = {"" if key == name else key: body for key, body in plain.get("$defs", {}).items()}
    return {**plain, "$ref": "", "$defs": definitions}


def _meaning(node: Any, *, are_names: bool = False) -> Any:  # noqa: ANN401 -- any JSON
    # Below "properties" and "$defs" keys are names of fields and types, of which one may well be "title".
    if isinstance(node, dict):
        return {
            key: _meaning(value, are_names=not are_names and key in {"properties", "$defs"})
            for key, value in node.items()
            if are_names or key not in WORDS
        }
    return [_meaning(value) for value in node] if isinstance(node, list) else node


def _differences(was: Any, now: Any, place: str) -> list[str]:  # noqa: ANN401 -- any JSON
    if isinstance(was, dict) and isinstance(now, dict):
        keys = sorted(was.keys() | now.keys())
        return [found for key in keys for found in _differences(was.get(key), now.get(key), f"{place}.{key}")]
    return [] if was == now else [place]


if __name__ == "__main__":
    sys.exit(main())
