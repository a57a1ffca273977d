"""Takes the program's checks away one by one, to see what turns red: `python -m proof.pots.mutations`."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from chain.program import build
from proof.pots.checks import MUTATIONS, Mutation
from proof.pots.fuzz import Fuzz
from proof.pots.scene import BrokenRuleError

ROOT: Final = Path(__file__).parent.parent.parent
TESTS: Final = ("tests/pot_kit.py", "tests/pot_world.py", "pyproject.toml", "chain/__init__.py")
PATTERN: Final = "tests/contract/test_pot_program_*.py"
# Red by itself for any other program; slow to begin, and not about checks.
LEFT_OUT: Final = ("test_pot_program_build.py", "test_pot_program_anchor.py")
TESTS_SECONDS_MAX: Final = 300
# What only a check has looked at is unused without it.
UNUSED_ALLOWED: Final = ("-Wno-unused-parameter", "-Wno-unused-variable")


class StaleMutationError(Exception):
    """The source has changed, and the mutation has to follow it."""


def mutated(source: Path, mutation: Mutation) -> bytes:
    """Build the program without a check."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "source"
        shutil.copytree(source, copy)
        text = (copy / mutation.file).read_text("utf-8")
        if text.count(mutation.old) != 1:
            raise StaleMutationError(f"{mutation.file} has {mutation.old!r} {text.count(mutation.old)} times")
        (copy / mutation.file).write_text(_changed(text, mutation), "utf-8")
        return build.build(copy, UNUSED_ALLOWED)


def _changed(text: str, mutation: Mutation) -> str:
    if mutation.new is not None:
        return text.replace(mutation.old, mutation.new)
    return "".join(line for line in text.splitlines(keepends=True) if mutation.old not in line)


def red_test(library: bytes) -> str | None:
    """Run the program's tests on another build of it, in a process of their own; name the first red one."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(ROOT / "chain" / "program", folder / "chain" / "program")
        (folder / "chain" / "program" / "campaign_pot.so").write_bytes(library)
        files = [ROOT / name for name in TESTS]
        files += [path for path in sorted(ROOT.glob(PATTERN)) if path.name not in LEFT_OUT]
        for file in files:
            (folder / file.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / file.relative_to(ROOT))
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=no", "-p", "no:cacheprovider", "tests"]
        done = subprocess.run(  # noqa: S603 - our own tests
            command, cwd=folder, capture_output=True, text=True, timeout=TESTS_SECONDS_MAX, check=False
        )
    found = re.search(r"^FAILED \S+::(\S+)", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1):
        raise StaleMutationError(f"the tests did not run:\n{done.stdout[-2_000:]}{done.stderr[-2_000:]}")
    return found[1] if found else None


def broken_rule(library: bytes, count: int, seed: int) -> str | None:
    """Fuzz another build of the program; return which rule broke."""
    try:
        Fuzz(seed, library).run(count)
    except BrokenRuleError as error:
        return str(error)
    except AssertionError as error:
        return f"the world cannot be set up: {str(error).splitlines()[0]}"
    return None


def main() -> int:
    """Try them all; the exit code is 1 when one of them shows nowhere, or the program as it is does show."""
    parser = argparse.ArgumentParser(prog="proof.pots.mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=5_000, help="transactions of the fuzz a mutation")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzz")
    parser.add_argument("--only", default="", help="part of the names of those to try")
    options = parser.parse_args()
    red = red_test(build.PROGRAM_FILE.read_bytes())
    sys.stdout.write(f"as it is: {red or 'no test is red'}\n")
    unseen = ["as it is"] if red else []
    for name, mutation in MUTATIONS.items():
        if options.only not in name:
            continue
        library = mutated(build.SOURCE, mutation)
        red, rule = red_test(library), broken_rule(library, options.count, options.seed)
        sys.stdout.write(f"{name}\n    test: {red or 'none is red'}\n    fuzz: {rule or 'nothing'}\n")
        sys.stdout.flush()
        if not red:
            unseen.append(name)
    sys.stdout.write(f"not shown by any test: {unseen}\n" if unseen else "every one is shown by a test\n")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
