"""Learns and forecasts in a process of its own: its memory comes back, and nobody waits for it by accident.

Everything goes through a folder: what is asked and what is answered are files in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from forecaster.model import Model, Parameters, predict, train
from infra import machine, tied
from infra.errors import CallAPerson, HeadgateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.arrays import Floats

ANSWER, ASKED, LEARNED = "answer.npy", "asked.msgpack", "learned.msgpack"
TO_LEARN, TO_FORECAST = "to-learn.npy", "to-forecast.npy"
SECONDS_MAX: Final = 1_800
TOLD_MAX: Final = 500
# Threads that wait in a loop for each other would slow down whoever shares the cores.
PATIENT: Final[Mapping[str, str]] = {"OMP_WAIT_POLICY": "passive"}


# It ends with whoever asked, however that ends.
TIED: Final = (sys.executable, "-I", "-S", str(Path(tied.__file__)))


class Asked(msgspec.Struct, frozen=True):
    """What is to be done; the model is learned first where none is given."""

    parameters: Parameters
    model: Model | None = None


class NotLearned(CallAPerson):
    """The process that learns came to no end, or to a bad one."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The forecasts could not be made: {why}.",
            "Less history or a shorter horizon needs less memory and time; otherwise please report it.",
        )


def learn_and_forecast(
    to_learn: Floats, to_forecast: Floats, parameters: Parameters, *, seconds_max: int = SECONDS_MAX
) -> tuple[Model, Floats]:
    """Train on some series and forecast others."""
    with tempfile.TemporaryDirectory(prefix="headgate-forecaster-") as name:
        folder = Path(name)
        np.save(folder / TO_LEARN, to_learn)
        forecast = _run(folder, Asked(parameters), to_forecast, seconds_max)
        return msgspec.msgpack.decode((folder / LEARNED).read_bytes(), type=Model), forecast


def forecast_with(model: Model, to_forecast: Floats, *, seconds_max: int = SECONDS_MAX) -> Floats:
    """Forecast series with a model that was trained before."""
    with tempfile.TemporaryDirectory(prefix="headgate-forecaster-") as name:
        return _run(Path(name), Asked(model.parameters, model), to_forecast, seconds_max)


def work(folder: Path) -> None:
    """Do what a folder asks; in the process apart."""
    asked = msgspec.msgpack.decode((folder / ASKED).read_bytes(), type=Asked)
    model = asked.model or train(np.load(folder / TO_LEARN), asked.parameters)
    (folder / LEARNED).write_bytes(msgspec.msgpack.encode(model))
    np.save(folder / ANSWER, predict(model, np.load(folder / TO_FORECAST)))


def _run(folder: Path, asked: Asked, to_forecast: Floats, seconds_max: int) -> Floats:
    (folder / ASKED).write_bytes(msgspec.msgpack.encode(asked))
    np.save(folder / TO_FORECAST, to_forecast)
    try:
        ended = subprocess.run(  # noqa: S603 - our own module, in our own interpreter
            [*TIED, str(os.getpid()), sys.executable, "-m", "forecaster.apart", str(folder)],
            env={**machine.environment(), **PATIENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds_max,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NotLearned(f"it took longer than {seconds_max} s") from error
    if ended.returncode:
        last = ended.stderr.decode(errors="replace").strip()[-TOLD_MAX:]
        raise NotLearned(f"the process ended with {ended.returncode}, saying {last or 'nothing'}")
    answer: np.ndarray[Any, np.dtype[np.floating[Any]]] = np.load(folder / ANSWER)
    return answer


if __name__ == "__main__":
    try:
        work(Path(sys.argv[1]))
    except HeadgateError as trouble:
        sys.exit(str(trouble))
