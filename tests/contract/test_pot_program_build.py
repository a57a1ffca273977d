"""That the committed program is what its source gives, to the byte, wherever it is built."""

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from chain.program import build, generate
from chain.program.elf import LinkError
from chain.program.link import link

SYSCALLS = {
    "sol_log_", "sol_log_data", "sol_sha256", "sol_memset_", "sol_get_clock_sysvar", "sol_get_rent_sysvar",
    "sol_try_find_program_address", "sol_invoke_signed_c",
}  # fmt: skip


@pytest.mark.parametrize("folder", ["here", "somewhere else/a longer path"])
def test_two_folders_give_the_committed_bytes(tmp_path: Path, folder: str) -> None:
    """No path, no time and no machine is in the program."""
    source = tmp_path / folder
    shutil.copytree(build.SOURCE, source)
    assert build.build(source) == build.PROGRAM_FILE.read_bytes()


def test_the_sum_is_the_programs() -> None:
    """In the form that sha256sum checks."""
    said = build.SUM_FILE.read_text("utf-8").split()
    assert said == [hashlib.sha256(build.PROGRAM_FILE.read_bytes()).hexdigest(), "campaign_pot.so"]


def test_the_header_is_what_the_idl_gives() -> None:
    """The IDL is the one truth about names, codes and places."""
    header = (build.SOURCE / generate.HEADER_NAME).read_text("utf-8")
    assert header == generate.header(generate.idl())


def test_a_check_finds_nothing_stale(capsys: pytest.CaptureFixture[str]) -> None:
    """As `make program` leaves it."""
    assert build.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_broken_source_says_where(tmp_path: Path) -> None:
    """With the compiler's own words."""
    (tmp_path / build.MAIN).write_text("unsigned long entrypoint(void) { return nothing; }", "utf-8")
    with pytest.raises(build.BuildError, match="undeclared identifier 'nothing'"):
        build.build(tmp_path)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("long seen; long entrypoint(void) { return ++seen; }", "could be written to"),
        ("long seen = 7; long entrypoint(void) { return ++seen; }", "could be written to"),
        (
            "extern long elsewhere(void); long entrypoint(void) { return elsewhere(); }",
            "elsewhere is neither",
        ),
        ("extern long sol_there; long entrypoint(void) { return sol_there; }", "sol_there is neither"),
        ("long start(void) { return 0; }", "no function entrypoint"),
    ],
)
def test_what_a_program_on_chain_cannot_have_is_refused(tmp_path: Path, source: str, reason: str) -> None:
    """Variables, other people's functions, and a program without an entry."""
    (tmp_path / build.MAIN).write_text(source, "utf-8")
    with pytest.raises(LinkError, match=reason):
        build.build(tmp_path)


@pytest.mark.parametrize("raw", [b"", b"MZ" + bytes(100), b"\x7fELF" + bytes(100)])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    """By a sentence, not by a crash."""
    with pytest.raises(LinkError):
        link(raw)


def test_the_runtime_is_called_by_these_names_only() -> None:
    """A name that the runtime does not know would make the program unloadable."""
    assert set(re.findall(rb"sol_\w+", build.PROGRAM_FILE.read_bytes())) == {
        name.encode() for name in SYSCALLS
    }
