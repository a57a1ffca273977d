import json
from pathlib import Path

import pytest

from headgate.app import run
from infra.settings import SettingsWrong, load
from infra.settings.notifier import signing_key

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"  # noqa: S105 - the secret of these tests
ONE = f"""
[[notifier.webhooks]]
name = "ops"
url = "https://example.org/hook?key=hunter2"
secrets = ["{SECRET}"]
min_severity = "warning"
only = ["acme"]
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of the test's own, without settings from outside."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> None:
    """Write a settings file."""
    (folder / "headgate.toml").write_text(text, encoding="utf-8")


def test_destinations_come_from_the_file_and_secrets_from_the_environment(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of webhooks in the file, the mail server's password by its variable."""
    write(project, ONE + '[notifier.email]\nhost = "mail"\nuser = "u"\nsender = "a@b.c"\nto = ["d@e.f"]\n')
    monkeypatch.setenv("HEADGATE_NOTIFIER__EMAIL__PASSWORD", "hunter2")
    notifier = load().notifier
    assert [one.name for one in notifier.webhooks] == ["ops"]
    assert notifier.email.password is not None
    assert notifier.email.password.get_secret_value() == "hunter2"
    assert notifier.webhooks[0].takes("acme/tiktok/1")
    assert not notifier.webhooks[0].takes("acme2/tiktok/1")


def test_webhooks_can_come_whole_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As JSON, so that no secret has to be in a file."""
    webhook = {"name": "ops", "url": "https://example.org", "secrets": [SECRET]}
    monkeypatch.setenv("HEADGATE_NOTIFIER__WEBHOOKS", json.dumps([webhook]))
    assert load().notifier.webhooks[0].name == "ops"


def test_neither_addresses_nor_secrets_are_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever knows the address of an incoming webhook may post to it, so it is a secret too."""
    write(project, ONE)
    assert "hunter2" not in repr(load())
    assert run(["config", "show", "--json"]) == 0
    shown = capsys.readouterr().out
    assert "hunter2" not in shown
    assert SECRET not in shown
    assert '"ops"' in shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ONE.replace("https", "ftp"), "0.url: a url begins with https://"),
        (ONE.replace(SECRET, "whsec_c2hvcnQ="), "24 to 64 bytes"),
        (ONE.replace(SECRET, "hunter2"), "begins with whsec_"),
        (ONE.replace("secrets", "secret"), "Extra inputs"),
        (ONE.replace(f'["{SECRET}"]', "[]"), "is signed"),
        (ONE + ONE, "a name of its own"),
        (ONE.replace('"ops"', '"email"'), "none is called email"),
        (ONE * 16, "at most 15"),
        ('[notifier.email]\nhost = "mail"\n', "needs host, sender"),
        ('[notifier.email]\nuser = "me"\n', "come together"),
        ('[notifier.email]\nuser = "me"\npassword = "hunter2"\nsecurity = "none"\n', "without TLS"),
        ('[notifier.email]\nto = ["a@b\\nBcc: c@d"]\n', "pattern"),
    ],
)
def test_a_destination_that_cannot_be_is_refused_in_words(project: Path, text: str, told: str) -> None:
    """The place is named, the value is not."""
    write(project, text)
    with pytest.raises(SettingsWrong) as mistake:
        load()
    assert told in str(mistake.value)
    assert "hunter2" not in str(mistake.value)


def test_a_secret_is_the_base64_behind_its_prefix() -> None:
    """As the specification of Standard Webhooks writes secrets."""
    assert len(signing_key(SECRET)) == 24
