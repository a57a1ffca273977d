"""Destinations as they are: HTTP and SMTP on loopback, with what goes wrong there."""

from __future__ import annotations

import asyncio
import json
from email import message_from_string
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from connectors.notifier.destination import Answer, Later, Refused, Taken
from connectors.notifier.mail import Mail
from connectors.notifier.webhook import RETRY_AFTER_MS_MAX, Webhook, judge, retry_after_ms
from headgate.app import run
from tests.notifier_kit import (
    OLD_SECRET,
    SECRET,
    hook,
    is_signed,
    mailbox,
    mailing,
    notice,
    raised,
    receiving,
)

if TYPE_CHECKING:
    from pathlib import Path

NOTICE = notice(raised(), 17)
TIMEOUT_MS = 5_000


async def post(url: str, timeout_ms: int = TIMEOUT_MS, **changes: object) -> Answer:
    """Offer the notice to an address."""
    webhook = Webhook(hook(url, **changes), timeout_ms=timeout_ms)
    try:
        return await webhook.deliver(NOTICE)
    finally:
        await webhook.close()


def test_a_webhook_arrives_signed_as_its_receiver_verifies() -> None:
    """Over real HTTP, with two secrets while one is exchanged for the other."""

    async def scene() -> None:
        async with receiving() as receiver:
            answer = await post(receiver.url, secrets=(SECRET, OLD_SECRET))
            assert answer == Taken("HTTP 204")
            headers, body = receiver.requests[0]
        assert headers["webhook-id"] == "account-facts_3_17_0"
        assert headers["content-type"] == "application/json"
        assert is_signed(headers, body, SECRET)
        assert is_signed(headers, body, OLD_SECRET)
        assert json.loads(body)["type"] == "alert.raised"

    asyncio.run(scene())


def test_slack_is_sent_its_own_form_without_a_signature() -> None:
    """As incoming webhooks take it."""

    async def scene() -> None:
        async with receiving((200, {}, "ok")) as receiver:
            answer = await post(receiver.url, format="slack", secrets=())
            headers, body = receiver.requests[0]
        assert answer == Taken("HTTP 200: ok")
        assert "webhook-signature" not in headers
        assert set(json.loads(body)) == {"text", "blocks"}

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ((503, {}, ""), Later("HTTP 503")),
        ((408, {}, ""), Later("HTTP 408")),
        ((429, {"Retry-After": "7"}, "slow"), Later("HTTP 429: slow", 7_000)),
        ((410, {}, ""), Refused("HTTP 410: 410: Gone")),
        ((404, {}, "no_service"), Refused("HTTP 404: no_service")),
    ],
)
def test_an_answer_means_what_it_says(answer: tuple[int, dict[str, str], str], meant: Answer) -> None:
    """What may pass is tried again, after the time that is asked for; the rest is refused."""

    async def scene() -> Answer:
        async with receiving(answer) as receiver:
            return await post(receiver.url)

    found = asyncio.run(scene())
    assert type(found) is type(meant)
    assert found.detail.startswith(meant.detail[:8])
    assert getattr(found, "retry_after_ms", None) == getattr(meant, "retry_after_ms", None)


def test_a_redirection_is_not_followed() -> None:
    """What is sent is meant for the address that was configured, and for no other."""

    async def scene() -> tuple[Answer, int]:
        async with receiving() as other, receiving((302, {"Location": other.url}, "")) as receiver:
            return await post(receiver.url), len(other.requests)

    answer, followed = asyncio.run(scene())
    assert isinstance(answer, Later)
    assert "correct its url" in answer.detail
    assert followed == 0


def test_nobody_there_and_no_answer_in_time_may_pass() -> None:
    """And neither says more of an address than its host, which is no secret."""

    async def silence() -> Answer:
        asked = asyncio.Event()

        async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asked.wait()
            writer.close()

        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        async with server:
            answer = await post(
                f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/s3cr3t", timeout_ms=100
            )
            asked.set()
        return answer

    nobody = asyncio.run(post("http://user:s3cr3t@127.0.0.1:1/s3cr3t?key=s3cr3t"))
    for answer in (nobody, asyncio.run(silence())):
        assert isinstance(answer, Later)
        assert "s3cr3t" not in answer.detail


def test_retry_after_is_read_in_both_forms_and_has_a_limit() -> None:
    """Seconds or a date; nonsense says nothing, and nobody waits for a year."""
    now_ms = 1_700_000_000_000
    assert retry_after_ms("120", now_ms) == 120_000
    assert retry_after_ms(formatdate(now_ms // 1000 + 60, usegmt=True), now_ms) == 60_000
    assert retry_after_ms(formatdate(0, usegmt=True), now_ms) == 0
    assert retry_after_ms("9" * 400, now_ms) == RETRY_AFTER_MS_MAX
    assert retry_after_ms("soon", now_ms) is None
    assert retry_after_ms("-1", now_ms) is None


def test_what_a_destination_says_is_told_in_one_short_line() -> None:
    """Its words end in logs and in health, whatever they are."""
    found = judge(400, None, b"\xff\nsecret=abc " + b"x" * 500, 0)
    assert "\n" not in found.detail
    assert "abc" not in found.detail
    assert len(found.detail) < 150


def mail(port: int, **changes: object) -> Answer:
    """Send the notice by e-mail."""
    return asyncio.run(Mail(mailbox(port, **changes), timeout_ms=TIMEOUT_MS).deliver(NOTICE))


def send(answers: dict[str, list[str]], **changes: object) -> tuple[Answer, list[str]]:
    """Send the notice to a mail server that answers so."""

    async def scene() -> tuple[Answer, list[str]]:
        async with mailing(**answers) as server:
            answer = await Mail(mailbox(server.port, **changes), timeout_ms=TIMEOUT_MS).deliver(NOTICE)
            return answer, server.letters

    return asyncio.run(scene())


def test_an_email_is_sent_whole() -> None:
    """Over real SMTP: who, to whom, about what, and the words."""
    answer, letters = send({}, to=("ops@example.org", "boss@example.org"))
    assert isinstance(answer, Taken)
    letter = message_from_string(letters[0].replace("\r\n", "\n"))
    assert letter["To"] == "ops@example.org, boss@example.org"
    assert letter["From"] == "Headgate <headgate@example.org>"
    assert letter["Message-ID"] == "<account-facts_3_17_0@example.org>"
    assert "41.20 USD of 50.00 USD" in str(letter.get_payload())


@pytest.mark.parametrize(
    ("answers", "kind", "told"),
    [
        ({"MAIL": ["550 never"]}, Refused, "550"),
        ({"MAIL": ["451 later"]}, Later, "451"),
        ({"RCPT": ["550 nobody"]}, Refused, "550"),
        ({"RCPT": ["450 later"]}, Later, "450"),
        ({".": ["554 spam"]}, Refused, "554"),
        ({".": ["452 full"]}, Later, "452"),
        ({"EHLO": ["550 go away"], "HELO": ["550 go away"]}, Later, "550"),
        ({"QUIT": ["500 what"]}, Taken, "has it"),
    ],
)
def test_a_mail_server_is_understood(answers: dict[str, list[str]], kind: type, told: str) -> None:
    """4xx passes, 5xx of a message does not; one of the connection is for a person, and passes then."""
    answer, _ = send(answers)
    assert isinstance(answer, kind)
    assert told in answer.detail


def test_when_one_of_several_is_refused_that_is_told_and_not_passed_over() -> None:
    """The others have it; the letter is kept for the one who has not."""
    answer, letters = send({"RCPT": ["250 well", "550 nobody"]}, to=("ops@example.org", "gone@example.org"))
    assert answer == Refused("the mail server answered 550 to 1 of the addresses")
    assert len(letters) == 1


def test_a_mail_server_that_is_away_or_cannot_encrypt_is_waited_for() -> None:
    """Without TLS no e-mail leaves where TLS is asked for."""
    assert isinstance(mail(1), Later)
    answer, letters = send({}, security="starttls")
    assert isinstance(answer, Later)
    assert letters == []


def test_a_sample_says_what_came_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`headgate notifier test`: who has it, who has not and why; without Kafka."""
    monkeypatch.chdir(tmp_path)

    async def scene() -> tuple[int, int, int]:
        async with receiving((204, {}, ""), (403, {}, "who are you")) as receiver:
            text = f'[[notifier.webhooks]]\nname = "ops"\nurl = "{receiver.url}"\nsecrets = ["{SECRET}"]\n'
            (tmp_path / "headgate.toml").write_text(text)
            well = await asyncio.to_thread(run, ["notifier", "test"])
            badly = await asyncio.to_thread(run, ["--json", "notifier", "test", "ops"])
            return well, badly, await asyncio.to_thread(run, ["notifier", "test", "boss"])

    assert asyncio.run(scene()) == (0, 1, 65)
    printed = capsys.readouterr()
    assert "ops (127.0.0.1) has it: HTTP 204" in printed.out
    assert json.loads(printed.out.splitlines()[-1])[0]["answer"] == "HTTP 403: who are you"
    assert "Configured are: ops" in printed.err
