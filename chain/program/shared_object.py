"""Writes a shared object whose sections lie in memory as they lie in the file, as the loader wants it."""

from __future__ import annotations

import struct
from typing import Final

from msgspec import Struct

from chain.program import elf

SHARED: Final = 3
PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")
PROGRAM_HEADERS: Final = 4
LOAD: Final = 1
LOAD_DYNAMIC: Final = 2
READ_EXECUTE: Final = 5
READ: Final = 4
PAGE_BYTES: Final = 4096
RUNTIME_CALL: Final = 10
GLOBAL: Final = 0x10
GLOBAL_FUNCTION: Final = 0x12
NO_RELATIVE: Final = 0x6FFFFFFA  # DT_RELCOUNT
TAGS: Final = 9
TAG_BYTES: Final = 16
SYMBOLS: Final = 4  # the index of .dynsym among the sections; the first is empty
NAMES: Final = 5  # of .dynstr


class Layout(Struct, frozen=True):
    """Where code and constants lie in the file."""

    code_bytes: int
    constant_bytes: int

    def offset(self, *, is_code: bool) -> int:
        """Return where one of both begins."""
        code = elf.HEADER_BYTES + PROGRAM_HEADER.size * PROGRAM_HEADERS
        return code if is_code else _aligned(code + self.code_bytes)


class Parts(Struct, frozen=True):
    """What the file is made of: code, constants, the runtime's calls by name, and where they are called."""

    code: bytes
    constants: bytes
    syscalls: list[str]
    calls: list[tuple[int, int]]


class _Header(Struct, frozen=True):
    name: str
    kind: int
    flags: int
    data: bytes
    offset: int
    link: int = 0
    info: int = 0
    alignment: int = 8
    entry_bytes: int = 0


def write(layout: Layout, parts: Parts, entry: str, start: int) -> bytes:
    """Give the file's bytes; `start` is the entry's offset in the code."""
    entry_address = layout.offset(is_code=True) + start
    sections = [
        _Header(
            ".text", elf.PROGBITS, elf.ALLOCATED | elf.EXECUTABLE, parts.code, layout.offset(is_code=True)
        ),
        _Header(".rodata", elf.PROGBITS, elf.ALLOCATED, parts.constants, layout.offset(is_code=False)),
        *_for_the_loader(layout, parts, entry, entry_address),
    ]
    text, constants, dynamic, last = sections[0], sections[1], sections[2], sections[-1]
    programs = b"".join(
        (
            _program(LOAD, READ_EXECUTE, text.offset, len(text.data), PAGE_BYTES),
            _program(LOAD, READ, constants.offset, len(constants.data), PAGE_BYTES),
            _program(LOAD, READ, dynamic.offset, last.offset + len(last.data) - dynamic.offset, PAGE_BYTES),
            _program(LOAD_DYNAMIC, READ | 2, dynamic.offset, len(dynamic.data), 8),
        )
    )
    return _assemble(sections, programs, entry_address)


def _for_the_loader(layout: Layout, parts: Parts, entry: str, entry_address: int) -> list[_Header]:
    """Say which of the runtime's functions are called, and where: what the loader has to fill in."""
    code_at, constants_at = layout.offset(is_code=True), layout.offset(is_code=False)
    names, symbols = _symbols(parts.syscalls, entry, entry_address)
    calls = b"".join(
        elf.RELOCATION.pack(code_at + at, (index + 1) << 32 | RUNTIME_CALL)
        for at, index in sorted(parts.calls)
    )
    dynamic_at = _aligned(constants_at + len(parts.constants))
    symbols_at = dynamic_at + TAGS * TAG_BYTES
    names_at = symbols_at + len(symbols)
    calls_at = _aligned(names_at + len(names))
    dynamic = _dynamic((calls_at, len(calls)), symbols_at, (names_at, len(names)))
    both, symbol, relocation = elf.ALLOCATED | elf.WRITABLE, elf.SYMBOL.size, elf.RELOCATION.size
    return [
        _Header(".dynamic", elf.DYNAMIC, both, dynamic, dynamic_at, NAMES, 0, 8, TAG_BYTES),
        _Header(".dynsym", elf.DYNSYM, elf.ALLOCATED, symbols, symbols_at, NAMES, 1, 8, symbol),
        _Header(".dynstr", elf.STRTAB, elf.ALLOCATED, names, names_at, alignment=1),
        _Header(".rel.dyn", elf.REL, elf.ALLOCATED, calls, calls_at, SYMBOLS, 0, 8, relocation),
    ]


def _assemble(sections: list[_Header], programs: bytes, entry_address: int) -> bytes:
    end = sections[-1].offset + len(sections[-1].data)
    names = b"\0" + b"".join(f"{section.name}\0".encode() for section in sections) + b".shstrtab\0"
    table_at = _aligned(end + len(names))
    out = bytearray(table_at + elf.SECTION.size * (len(sections) + 2))
    identity = b"\x7fELF\x02\x01\x01" + bytes(9)
    struct.pack_into(
        "<16sHHIQQQIHHHHHH", out, 0, identity, SHARED, elf.MACHINE_BPF, 1, entry_address, elf.HEADER_BYTES,
        table_at, 0, elf.HEADER_BYTES, PROGRAM_HEADER.size, PROGRAM_HEADERS, elf.SECTION.size,
        len(sections) + 2, len(sections) + 1,
    )  # fmt: skip
    out[elf.HEADER_BYTES : elf.HEADER_BYTES + len(programs)] = programs
    name_at, at = 1, table_at + elf.SECTION.size
    for section in sections:
        out[section.offset : section.offset + len(section.data)] = section.data
        elf.SECTION.pack_into(
            out, at, name_at, section.kind, section.flags, section.offset, section.offset,
            len(section.data), section.link, section.info, section.alignment, section.entry_bytes,
        )  # fmt: skip
        name_at, at = name_at + len(section.name) + 1, at + elf.SECTION.size
    out[end : end + len(names)] = names
    elf.SECTION.pack_into(out, at, name_at, elf.STRTAB, 0, 0, end, len(names), 0, 0, 1, 0)
    return bytes(out)


def _symbols(syscalls: list[str], entry: str, entry_address: int) -> tuple[bytes, bytes]:
    names, symbols = b"\0", bytes(elf.SYMBOL.size)
    for name in syscalls:
        symbols += elf.SYMBOL.pack(len(names), GLOBAL, 0, 0, 0, 0)
        names += f"{name}\0".encode()
    symbols += elf.SYMBOL.pack(len(names), GLOBAL_FUNCTION, 0, 1, entry_address, 0)
    return names + f"{entry}\0".encode(), symbols


def _dynamic(calls: tuple[int, int], symbols_at: int, names: tuple[int, int]) -> bytes:
    tags = (
        (17, calls[0]), (18, calls[1]), (19, elf.RELOCATION.size), (NO_RELATIVE, 0),
        (6, symbols_at), (11, elf.SYMBOL.size), (5, names[0]), (10, names[1]), (0, 0),
    )  # fmt: skip
    return b"".join(struct.pack("<QQ", tag, value) for tag, value in tags)


def _program(kind: int, flags: int, offset: int, size: int, alignment: int) -> bytes:
    return PROGRAM_HEADER.pack(kind, flags, offset, offset, offset, size, size, alignment)


def _aligned(number: int) -> int:
    return (number + 7) & ~7
