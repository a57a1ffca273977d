from pathlib import Path

import pytest

from headgate.roles import projector
from infra.errors import WaitAndRetry
from infra.folder import FolderLock
from infra.health import Health
from infra.settings import Settings


def test_a_folder_that_a_question_holds_is_waited_for(tmp_path: Path) -> None:
    """Whoever asks while the projector restarts must not end it for good: the supervisor tries this again."""
    settings = Settings(data_dir=tmp_path)
    with (
        FolderLock(tmp_path / settings.CLICKHOUSE_FOLDER),
        pytest.raises(WaitAndRetry, match="in use by process"),
    ):
        projector.project(settings, Health("projector"), on_ready=lambda: None, on_sink=lambda _: None)
