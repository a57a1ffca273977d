"""Writes the C header that says, from the IDL, what the program and its callers must agree on."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from solders.pubkey import Pubkey

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent
IDL_FILE: Final = FOLDER / "idl.json"  # money-ok: a path
HEADER_NAME: Final = "generated.h"
DISCRIMINATOR_BYTES: Final = 8
COUNT_BYTES: Final = 4  # of a vector's length, which comes before its elements
SIZES: Final = {"u8": 1, "u32": 4, "u64": 8, "i64": 8, "publicKey": 32}
ADDRESSES: Final = {
    "SYSTEM_PROGRAM": "11111111111111111111111111111111",
    "TOKEN_PROGRAM": "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
    "UPGRADEABLE_LOADER": "BPFLoaderUpgradeab1e11111111111111111111111",
}

Field = dict[str, Any]


class IdlError(Exception):
    """The IDL says something that the header cannot say."""


def idl() -> dict[str, Any]:
    """Read the IDL as it is committed."""
    parsed: dict[str, Any] = json.loads(IDL_FILE.read_text("utf-8"))
    return parsed


def header(source: dict[str, Any]) -> str:
    """Give the header's text."""
    sizes = dict(SIZES)
    for kind in source["types"]:
        sizes[kind["name"]] = sum(_size(field, sizes) for field in kind["type"]["fields"])
    lines = ["/* Written by chain/program/generate.py from idl.json: change that one. */", "#pragma once", ""]
    lines += [_address(name, text) for name, text in ADDRESSES.items()]
    lines += _errors(source) + _accounts(source, sizes) + _instructions(source, sizes)
    lines += _events(source, sizes) + _types(source, sizes)
    return "\n".join(lines) + "\n"


def snake(name: str) -> str:
    """Turn camelCase and PascalCase into snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def discriminator(space: str, name: str) -> bytes:
    """Give the first bytes of an instruction, an account or an event, as Anchor has them."""
    return hashlib.sha256(f"{space}:{name}".encode()).digest()[:DISCRIMINATOR_BYTES]


def _number(space: str, name: str) -> str:
    return f"0x{int.from_bytes(discriminator(space, name), 'little'):016x}UL"


def _upper(*names: str) -> str:
    return "_".join(snake(name) for name in names).upper()


def _size(field: Field, sizes: dict[str, int]) -> int:
    kind = field["type"]
    if isinstance(kind, str) and kind in sizes:
        return sizes[kind]
    if isinstance(kind, dict) and "defined" in kind:
        return sizes[kind["defined"]]
    if isinstance(kind, dict) and "array" in kind:
        element, count = kind["array"]
        return _size({"type": element}, sizes) * int(count)
    raise IdlError(f"the size of {field['name']} ({kind}) is not known: add it to the generator")


def _offsets(prefix: str, fields: list[Field], start: int, sizes: dict[str, int]) -> Iterator[str]:
    offset = start
    for field in fields:
        yield f"#define {prefix}_{_upper(field['name'])} {offset}"
        offset += _size(field, sizes)
    yield f"#define {prefix}_BYTES {offset}"


def _address(name: str, text: str) -> str:
    words = [int.from_bytes(bytes(Pubkey.from_string(text))[at : at + 8], "little") for at in range(0, 32, 8)]
    return f"static const Address {name} = {{{{{', '.join(f'0x{word:016x}UL' for word in words)}}}}};"


def _errors(source: dict[str, Any]) -> list[str]:
    return ["", *(f"#define ERROR_{_upper(error['name'])} {error['code']}" for error in source["errors"])]


def _accounts(source: dict[str, Any], sizes: dict[str, int]) -> list[str]:
    lines = [""]
    for account in source["accounts"]:
        name = account["name"]
        lines.append(f"#define ACCOUNT_{_upper(name)} {_number('account', name)}")
        lines += _offsets(_upper(name), account["type"]["fields"], DISCRIMINATOR_BYTES, sizes)
    return lines


def _instructions(source: dict[str, Any], sizes: dict[str, int]) -> list[str]:
    lines = [""]
    for instruction in source["instructions"]:
        name = instruction["name"]
        lines.append(f"#define INSTRUCTION_{_upper(name)} {_number('global', snake(name))}")
        roles = [f"{_upper(name)}_{_upper(account['name'])}" for account in instruction["accounts"]]
        lines.append(f"enum {{ {', '.join([*roles, f'{_upper(name)}_ACCOUNTS'])} }};")
        if all(isinstance(field["type"], str) or "vec" not in field["type"] for field in instruction["args"]):
            lines += _offsets(f"{_upper(name)}_DATA", instruction["args"], 0, sizes)
    return lines


def _events(source: dict[str, Any], sizes: dict[str, int]) -> list[str]:
    lines = [""]
    for event in source["events"]:
        name = event["name"]
        lines.append(f"#define EVENT_{_upper(name)} {_number('event', name)}")
        lines += _offsets(f"EVENT_{_upper(name)}", event["fields"], DISCRIMINATOR_BYTES, sizes)
    return lines


def _types(source: dict[str, Any], sizes: dict[str, int]) -> list[str]:
    lines = [""]
    for kind in source["types"]:
        lines += _offsets(f"TYPE_{_upper(kind['name'])}", kind["type"]["fields"], 0, sizes)
    return lines
