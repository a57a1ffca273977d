"""Links one BPF object into the shared object that the Solana runtime loads (SBPF version 0).

Addresses of read-only data are resolved here; the runtime's calls are left to its loader, by name. Whatever a
program on chain cannot have is refused: data that could be written, and any relocation that is not known.
"""

from __future__ import annotations

import struct
from typing import Final

from msgspec import Struct

from chain.program import elf, shared_object
from chain.program.elf import LinkError, ObjectFile, Relocation

DATA_ADDRESS: Final = 0x1_0000_0000  # where the runtime maps the program's own bytes
LOAD_64: Final = 1
ABSOLUTE_64: Final = 2
CALL_32: Final = 10
SECTION_SYMBOL: Final = 3
INSTRUCTION_BYTES: Final = 8
IGNORED: Final = (".eh_frame", ".note", ".llvm", ".BTF")
SYSCALL_PREFIX: Final = "sol_"


class Place(Struct, frozen=True):
    """Where a section of the object went to."""

    is_code: bool
    offset: int


def link(raw: bytes, entry: str = "entrypoint") -> bytes:
    """Give the shared object of a relocatable one."""
    return _Link(ObjectFile(raw)).finish(entry)


class _Link:
    def __init__(self, source: ObjectFile) -> None:
        self._source = source
        self._places: dict[int, Place] = {}
        self._code = bytearray()
        self._constants = bytearray()
        self._syscalls: list[str] = []
        self._calls: list[tuple[int, int]] = []  # offset in the code, index of the syscall
        for index in range(len(source.sections)):
            self._place(index)

    def finish(self, entry: str) -> bytes:
        layout = shared_object.Layout(len(self._code), len(self._constants))
        for index in list(self._places):
            for relocation in self._source.relocations(index):
                self._resolve(self._places[index], relocation, layout)
        found = [
            symbol
            for symbol in self._source.symbols
            if symbol.name == entry and symbol.section in self._places
        ]
        if not found:
            raise LinkError(f"the object has no function {entry}: the program cannot be entered")
        start = self._places[found[0].section].offset + found[0].value
        parts = shared_object.Parts(bytes(self._code), bytes(self._constants), self._syscalls, self._calls)
        return shared_object.write(layout, parts, entry, start)

    def _place(self, index: int) -> None:
        section = self._source.sections[index]
        if not section.flags & elf.ALLOCATED or not section.size or section.name.startswith(IGNORED):
            return
        is_constant = section.name.startswith(".data.rel.ro")  # constants that hold addresses
        if section.kind == elf.NOBITS or (section.flags & elf.WRITABLE and not is_constant):
            raise LinkError(f"{section.name} could be written to: a program on chain has no variables")
        is_code = bool(section.flags & elf.EXECUTABLE)
        buffer = self._code if is_code else self._constants
        buffer += bytes(-len(buffer) % max(section.alignment, INSTRUCTION_BYTES if is_code else 1))
        self._places[index] = Place(is_code, len(buffer))
        buffer += section.data

    def _resolve(self, place: Place, relocation: Relocation, layout: shared_object.Layout) -> None:
        buffer = self._code if place.is_code else self._constants
        at = place.offset + relocation.offset
        symbol = relocation.symbol
        if symbol.section == 0:
            self._call_runtime(place, at, relocation)
            return
        if symbol.section not in self._places:
            raise LinkError(f"{symbol.name or 'a constant'} lies in a section that is not loaded")
        target = self._places[symbol.section]
        if relocation.kind == CALL_32:
            self._call_own(at, relocation, target)
            return
        address = DATA_ADDRESS + layout.offset(is_code=target.is_code) + target.offset + symbol.value
        if relocation.kind == LOAD_64:
            (addend,) = struct.unpack_from("<I", buffer, at + 4)
            struct.pack_into("<I", buffer, at + 4, (address + addend) & 0xFFFFFFFF)
            struct.pack_into("<I", buffer, at + 12, (address + addend) >> 32)
        elif relocation.kind == ABSOLUTE_64:
            (addend,) = struct.unpack_from("<Q", buffer, at)
            struct.pack_into("<Q", buffer, at, address + addend)
        else:
            raise LinkError(f"relocation {relocation.kind} against {symbol.name} is not known to this linker")

    def _call_runtime(self, place: Place, at: int, relocation: Relocation) -> None:
        name = relocation.symbol.name
        if relocation.kind != CALL_32 or not place.is_code or not name.startswith(SYSCALL_PREFIX):
            raise LinkError(f"{name} is neither in the program nor in the runtime: write it, or avoid it")
        if name not in self._syscalls:
            self._syscalls.append(name)
        struct.pack_into("<i", self._code, at + 4, -1)
        self._calls.append((at, self._syscalls.index(name)))

    def _call_own(self, at: int, relocation: Relocation, target: Place) -> None:
        if not target.is_code:
            raise LinkError(f"{relocation.symbol.name} is called, but it is no code")
        (distance,) = struct.unpack_from("<i", self._code, at + 4)
        to = target.offset + relocation.symbol.value
        if relocation.symbol.kind == SECTION_SYMBOL:  # the function's own offset is in the instruction
            to += (distance + 1) * INSTRUCTION_BYTES
        struct.pack_into("<i", self._code, at + 4, (to - at - INSTRUCTION_BYTES) // INSTRUCTION_BYTES)
