"""Builds the program, to the same bytes on every machine: `python -m chain.program.build [--check]`."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chain.program import generate
from chain.program.link import link

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER: Final = Path(__file__).parent
SOURCE: Final = FOLDER / "source"  # money-ok: a path
PROGRAM_FILE: Final = FOLDER / "campaign_pot.so"  # money-ok: a path
SUM_FILE: Final = FOLDER / "campaign_pot.so.sha256"  # money-ok: a path
MAIN: Final = "program.c"
COMPILE_SECONDS_MAX: Final = 120
FLAGS: Final = (
    "-target", "bpfel-freestanding", "-mcpu=v2", "-std=c11", "-O2", "-ffreestanding", "-fno-builtin",
    "-fno-sanitize=all", "-Wall", "-Wextra", "-Werror", "-mllvm", "-bpf-stack-size=4096", "-fno-ident", "-c",
)  # fmt: skip


class BuildError(Exception):
    """The program could not be built; the message is the compiler's own."""


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; the exit code is 1 when what is committed is not what the source gives."""
    parser = argparse.ArgumentParser(prog="python -m chain.program.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    is_check = parser.parse_args(arguments).check
    header = generate.header(generate.idl())
    if not is_check:
        (SOURCE / generate.HEADER_NAME).write_text(header, "utf-8")  # money-ok: a path
    program = build(SOURCE)
    wanted = {SOURCE / generate.HEADER_NAME: header.encode(), **files(program)}  # money-ok: a path
    stale = [path for path, content in wanted.items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        if is_check:
            sys.stderr.write(f"{path.name} is stale: run `make program` and commit what it writes\n")
        else:
            path.write_bytes(wanted[path])
    sys.stdout.write(f"{PROGRAM_FILE.name}: {len(program)} bytes, sha256 {digest(program)}\n")
    return 1 if is_check and stale else 0


def files(program: bytes) -> dict[Path, bytes]:
    """Give what is committed beside the source."""
    return {PROGRAM_FILE: program, SUM_FILE: f"{digest(program)}  {PROGRAM_FILE.name}\n".encode()}


def digest(program: bytes) -> str:
    """Give the sum that names a build."""
    return hashlib.sha256(program).hexdigest()


def build(source: Path, flags: Sequence[str] = ()) -> bytes:
    """Compile and link the source of a folder, with flags of the compiler beside our own."""
    with tempfile.TemporaryDirectory() as scratch:
        return link(_compile(source, Path(scratch), flags))


def _compile(source: Path, scratch: Path, flags: Sequence[str]) -> bytes:
    output = scratch / "program.o"  # money-ok: a path
    # A cache of its own, so that nothing of another build is found, and no path gets into the object.
    environment = {
        "ZIG_GLOBAL_CACHE_DIR": str(scratch / "global"),  # money-ok: a path
        "ZIG_LOCAL_CACHE_DIR": str(scratch / "local"),  # money-ok: a path
        "PATH": os.defpath,
    }
    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, *flags, MAIN, "-o", str(output)]
    try:
        done = subprocess.run(  # noqa: S603 - the compiler of our own environment, on our own source
            command,
            cwd=source,
            env=environment,
            capture_output=True,
            timeout=COMPILE_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"the compiler has not ended within {COMPILE_SECONDS_MAX} s") from error
    if done.returncode or not output.exists():
        raise BuildError(done.stderr.decode(errors="replace") or "the compiler wrote nothing")
    return output.read_bytes()


if __name__ == "__main__":
    sys.exit(main())
