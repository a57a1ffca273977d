"""Learns and forecasts in a process of its own: its memory comes back, and nobody waits for it by accident.

Everything goes through a folder: what is asked and what is answered are files in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from forecaster.guesses import DAY
from forecaster.model import Model, Parameters, predict, train, witnessed_days
from infra import machine, tied
from infra.errors import CallAPerson, HeadgateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forecaster.arrays import Floats

ANSWER, ASKED, LEARNED, WITNESSED = "answer.npy", "asked.msgpack", "learned.msgpack", "witnessed.npy"
TO_LEARN, TO_FORECAST = "to-learn.npy", "to-forecast.npy"
PREFIX: Final = "headgate-forecaster-"
SECONDS_MAX: Final = 1_800
LOOK_SECONDS: Final = 0.5
TOLD_MAX: Final = 500
# Threads that wait in a loop for each other would slow down whoever shares the cores.
PATIENT: Final[Mapping[str, str]] = {"OMP_WAIT_POLICY": "passive"}


# It ends with whoever asked, however that ends.
TIED: Final = (sys.executable, "-I", "-S", str(Path(tied.__file__)))


class Asked(msgspec.Struct, frozen=True):
    """What is to be done; the model is learned first where none is given."""

    parameters: Parameters
    model: Model | None = None
    witness: bool = False


class Answer(NamedTuple):
    """What came of it."""

    model: Model
    forecast: Floats
    witnessed: Floats
    """What was forecast without the last days, by days before the end; empty where nobody asked."""


class Stopped(Exception):  # noqa: N818 - no error: whoever asked does not want it any more
    """The work was ended before its end."""


class NotLearned(CallAPerson):
    """The process that learns came to no end, or to a bad one."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The forecasts could not be made: {why}.",
            "Less history or a shorter horizon needs less memory and time; otherwise please report it.",
        )


def run(
    asked: Asked, to_forecast: Floats, to_learn: Floats | None = None, *, stopped: Callable[[], bool] = bool
) -> Answer:
    """Forecast series, by the model that is given or by one that is learned from others first."""
    sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        (folder / ASKED).write_bytes(msgspec.msgpack.encode(asked))
        np.save(folder / TO_FORECAST, to_forecast)
        np.save(folder / TO_LEARN, to_forecast if to_learn is None else to_learn)
        _run(folder, stopped)
        model = msgspec.msgpack.decode((folder / LEARNED).read_bytes(), type=Model)
        return Answer(model, np.load(folder / ANSWER), np.load(folder / WITNESSED))


def sweep(place: Path) -> None:
    """Remove what was left of work that was killed; what is younger may be under way."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):  # another one sweeps as well, or it is another user's
            if time.time() - folder.stat().st_mtime > 2 * SECONDS_MAX:
                shutil.rmtree(folder)


def answer(asked: Asked, to_forecast: Floats, to_learn: Floats) -> Answer:
    """Do what is asked, in this process."""
    if asked.model is not None:
        return Answer(asked.model, predict(asked.model, to_forecast), np.zeros(0))
    model, witness = train(to_learn, asked.parameters)
    days = witnessed_days(asked.parameters.horizon) if asked.witness else ()
    witnessed = [predict(witness, to_forecast[:, : -DAY * one]) for one in days]
    return Answer(model, predict(model, to_forecast), np.stack(witnessed) if witnessed else np.zeros(0))


def work(folder: Path) -> None:
    """Do what a folder asks; in the process apart."""
    asked = msgspec.msgpack.decode((folder / ASKED).read_bytes(), type=Asked)
    model, forecast, witnessed = answer(asked, np.load(folder / TO_FORECAST), np.load(folder / TO_LEARN))
    (folder / LEARNED).write_bytes(msgspec.msgpack.encode(model))
    np.save(folder / WITNESSED, witnessed)
    np.save(folder / ANSWER, forecast)


def _run(folder: Path, stopped: Callable[[], bool]) -> None:
    with subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
        [*TIED, str(os.getpid()), sys.executable, "-m", "forecaster.apart", str(folder)],
        env={**machine.environment(), **PATIENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            told = _wait(process, stopped)
        finally:
            process.kill()  # nothing, where it has ended
    if process.returncode:
        last = told.decode(errors="replace").strip()[-TOLD_MAX:]
        raise NotLearned(f"the process ended with {process.returncode}, saying {last or 'nothing'}")


def _wait(process: subprocess.Popen[bytes], stopped: Callable[[], bool]) -> bytes:
    """Return what it said in the end; whoever asked may have stopped meanwhile."""
    latest = time.monotonic() + SECONDS_MAX
    while True:
        try:
            return process.communicate(timeout=LOOK_SECONDS)[1]
        except subprocess.TimeoutExpired:
            if stopped():
                raise Stopped from None
            if time.monotonic() > latest:
                raise NotLearned(f"it took longer than {SECONDS_MAX} s") from None


if __name__ == "__main__":
    try:
        work(Path(sys.argv[1]))
    except HeadgateError as trouble:
        sys.exit(str(trouble))
