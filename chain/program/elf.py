"""Reads a relocatable BPF object, as clang writes it: its sections, its symbols and its relocations."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE_BPF: Final = 247
RELOCATABLE: Final = 1
HEADER_BYTES: Final = 64
PROGBITS: Final = 1
SYMTAB: Final = 2
STRTAB: Final = 3
DYNAMIC: Final = 6
NOBITS: Final = 8
REL: Final = 9
DYNSYM: Final = 11
WRITABLE: Final = 1
ALLOCATED: Final = 2
EXECUTABLE: Final = 4
SECTION: Final = struct.Struct("<IIQQQQIIQQ")
SYMBOL: Final = struct.Struct("<IBBHQQ")
RELOCATION: Final = struct.Struct("<QQ")


class LinkError(Exception):
    """The object holds what a program on chain cannot have, or is no object at all."""


class Section(Struct, frozen=True):
    """A section of the object."""

    name: str
    kind: int
    flags: int
    link: int
    info: int
    alignment: int
    data: bytes
    size: int


class Symbol(Struct, frozen=True):
    """A symbol: where it lies, or 0 as its section when somebody else brings it."""

    name: str
    kind: int
    section: int
    value: int


class Relocation(Struct, frozen=True):
    """A place that needs a symbol's address."""

    offset: int
    kind: int
    symbol: Symbol


class ObjectFile:
    """A relocatable BPF object."""

    def __init__(self, raw: bytes) -> None:
        if raw[:4] != b"\x7fELF" or len(raw) < HEADER_BYTES:
            raise LinkError("this is no ELF file: look at what the compiler wrote")
        if struct.unpack_from("<HH", raw, 16) != (RELOCATABLE, MACHINE_BPF):
            raise LinkError("this is no relocatable BPF object: compile with -target bpfel-freestanding -c")
        try:
            self.sections = tuple(_sections(raw))
            self.symbols = tuple(_symbols(self.sections))
        except (struct.error, IndexError, ValueError) as error:
            raise LinkError(f"the object is cut off or broken ({error}): compile it again") from error

    def relocations(self, section: int) -> Iterator[Relocation]:
        """Yield what has to be filled in in a section."""
        for table in self.sections:
            if table.kind == REL and table.info == section:
                for offset, info in RELOCATION.iter_unpack(table.data):
                    yield Relocation(offset, info & 0xFFFFFFFF, self.symbols[info >> 32])


def _sections(raw: bytes) -> Iterator[Section]:
    (table,) = struct.unpack_from("<Q", raw, 40)
    entry_bytes, count, names_index = struct.unpack_from("<HHH", raw, 58)
    headers = [SECTION.unpack_from(raw, table + index * entry_bytes) for index in range(count)]
    names = raw[headers[names_index][4] :]
    for name, kind, flags, _, offset, size, link, info, alignment, _ in headers:
        data = b"" if kind == NOBITS else raw[offset : offset + size]
        if kind != NOBITS and len(data) != size:
            raise ValueError(f"section {_text(names, name)} ends outside the file")
        yield Section(_text(names, name), kind, flags, link, info, max(alignment, 1), data, size)


def _symbols(sections: tuple[Section, ...]) -> Iterator[Symbol]:
    table = next((section for section in sections if section.kind == SYMTAB), None)
    if table is None:
        raise ValueError("it has no symbols")
    for name, info, _, section, value, _ in SYMBOL.iter_unpack(table.data):
        yield Symbol(_text(sections[table.link].data, name), info & 15, section, value)


def _text(table: bytes, offset: int) -> str:
    return table[offset : table.index(b"\0", offset)].decode()
