import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.folder import FolderBusy, FolderLock, FolderUnusable, is_held

HOLD = """
import pathlib, sys
from infra.folder import FolderLock
FolderLock(pathlib.Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    """Two in one folder are refused by the pid of the holder."""
    with FolderLock(tmp_path / "data") as first:
        assert is_held(first.folder)
        with pytest.raises(FolderBusy) as busy:
            FolderLock(tmp_path / "data").acquire()
        assert busy.value.holder_pid == os.getpid()
        assert str(os.getpid()) in str(busy.value)
    assert not is_held(first.folder)


def test_a_folder_that_was_given_back_can_be_taken(tmp_path: Path) -> None:
    """A lock leaves nothing that keeps the next one out."""
    for _ in range(2):
        with FolderLock(tmp_path):
            assert is_held(tmp_path)


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """However the holder ends, the folder is not locked for ever."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FolderBusy, match=str(holder.pid)):
            FolderLock(tmp_path).acquire()
        holder.kill()
        holder.wait()
    with FolderLock(tmp_path):
        assert is_held(tmp_path)


def test_asking_who_holds_a_folder_creates_nothing(tmp_path: Path) -> None:
    """Looking is not touching."""
    assert not is_held(tmp_path / "missing")
    assert not is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_of_in_words(tmp_path: Path) -> None:
    """A file in the way is a message, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="cannot be used"):
        FolderLock(tmp_path / "file" / "data").acquire()
