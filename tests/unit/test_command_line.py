import io
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import typer
from rich.console import Console

from headgate import app, crash, ui
from headgate.options import GlobalOptions
from infra.errors import FixSetup


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give errors all the width they want, so that texts can be compared."""
    monkeypatch.setattr(ui, "stderr", lambda: Console(stderr=True, width=300))


def install(monkeypatch: pytest.MonkeyPatch, error: BaseException | None) -> list[GlobalOptions]:
    """Add a command `probe` that raises; return the options it was called with."""
    seen: list[GlobalOptions] = []
    module = ModuleType("headgate.commands.probe")
    command = typer.Typer()

    @command.command()
    def probe(ctx: typer.Context) -> None:
        """Raise what the test wants."""
        seen.append(ctx.obj)
        if error is not None:
            raise error

    probe.__annotations__["ctx"] = typer.Context
    module.__dict__["app"] = command
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(app.COMMANDS, "probe", (app.RUN, "A command of the tests."))
    return seen


def test_every_command_has_a_module_and_answers_for_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The table of commands is held to the folder of commands."""
    folder = Path(import_module("headgate.commands").__path__[0])
    modules = {path.stem.replace("_", "-") for path in folder.glob("*.py")} - {"--init--"}
    assert modules == set(app.COMMANDS)
    for name in app.COMMANDS:
        assert app.run([name, "--help"]) == 0
        assert f"headgate {name}" in capsys.readouterr().out


def test_help_imports_no_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Help stays fast however heavy the commands are."""
    for name in [name for name in sys.modules if name.startswith("headgate.commands.")]:
        monkeypatch.delitem(sys.modules, name)  # other tests hold on to theirs
    assert app.run(["--help"]) == 0
    assert not [name for name in sys.modules if name.startswith("headgate.commands.")]
    assert "clock" in capsys.readouterr().out


def test_a_typo_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody has to open the help for a slip of a finger."""
    assert app.run(["clokc"]) == 2
    assert "Did you mean 'clock'?" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """What is installed can be asked."""
    assert app.run(["--version"]) == 0
    assert capsys.readouterr().out == f"headgate {crash.version()}\n"


@pytest.mark.usefixtures("wide")
def test_an_error_for_people_is_two_sentences_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What happened, what to do next, on stderr, with the error's exit code."""
    install(monkeypatch, FixSetup("Port 9092 is [taken].", "Choose another one."))
    assert app.run(["probe"]) == 78
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "Error: Port 9092 is [taken].\n  Choose another one.\n"


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("form", [["--data-dir", "{}"], ["--data-dir={}"]])
def test_a_defect_becomes_a_report_in_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, form: list[str]
) -> None:
    """One sentence on the terminal names the file; the traceback is in the file."""
    install(monkeypatch, ZeroDivisionError("a defect"))
    folder = tmp_path / "data"
    assert app.run([*(part.format(folder) for part in form), "probe"]) == 70
    (report,) = folder.glob("crash-*.txt")
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert str(report) in printed
    assert "Traceback" not in printed
    text = report.read_text()
    assert "ZeroDivisionError: a defect" in text
    assert "Traceback" in text
    assert f"headgate {crash.version()}" in text


@pytest.mark.usefixtures("wide")
def test_a_report_lands_elsewhere_when_the_data_folder_is_the_trouble(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A full or read-only folder does not cost the report."""
    install(monkeypatch, ZeroDivisionError("a defect"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "file").write_text("")
    assert app.run(["--data-dir", str(tmp_path / "file"), "probe"]) == 70
    (report,) = tmp_path.glob("headgate-crash-*.txt")
    assert str(report) in capsys.readouterr().err


def test_an_interrupt_ends_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C is no error; the code is the usual one."""
    install(monkeypatch, KeyboardInterrupt())
    assert app.run(["probe"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_global_options_reach_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command sees what stood before it, and can hand it to a child process."""
    seen = install(monkeypatch, None)
    assert app.run(["--data-dir", "d", "--log-level", "debug", "--json", "probe"]) == 0
    assert seen == [GlobalOptions(data_dir=Path("d"), log_level="debug", as_json=True)]
    assert seen[0].for_children() == ["--data-dir", "d", "--log-level", "debug", "--http-port", "0"]


def test_errors_keep_their_brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks like markup in an error's text is printed as it is."""
    target = io.StringIO()
    monkeypatch.setattr(ui, "stderr", lambda: Console(file=target, width=200))
    ui.show_error(FixSetup("[kafka] is empty", "Fill [kafka]."))
    assert "[kafka] is empty" in target.getvalue()
    assert "Fill [kafka]." in target.getvalue()
