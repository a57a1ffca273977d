"""How a notice looks to its receiver: the body of a webhook, a message of Slack, an e-mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

import msgspec

from events.envelope import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.notifier.notices import Notice

SLACK_SECTION_CHARS_MAX: Final = 3_000
SLACK_HEADER_CHARS_MAX: Final = 150
SUBJECT_CHARS_MAX: Final = 200
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ICONS: Final = {
    "info": ":information_source:",
    "warning": ":warning:",
    "high": ":rotating_light:",
    "critical": ":octagonal_sign:",
    "over": ":white_check_mark:",
}
_encode: Final = msgspec.json.Encoder().encode


def standard(notice: Notice) -> bytes:
    """Return the body of Standard Webhooks: the fact whole, and the words for it."""
    said = notice.words
    client, _, rest = notice.subject.partition("/")
    platform, _, account = rest.partition("/")
    data = {
        "id": notice.id,
        "subject": notice.subject,
        "client": client,
        "platform": platform,
        "account": account,
        "severity": notice.severity,
        "title": said.title,
        "text": said.sentence,
        "next_step": said.next_step,
        **msgspec.to_builtins(notice.fact),
    }
    return _encode({"type": notice.type, "timestamp": moment(notice.at_ms), "data": data})


def slack(notice: Notice) -> bytes:
    """Return a message as Slack and what is compatible with it take one."""
    said = notice.words
    text = f"{said.title}: {said.sentence}"
    facts = f"{notice.label} · {notice.subject} · {moment(notice.at_ms)}"
    icon = _ICONS[notice.label]
    blocks = [
        _section(f"{icon} *{escaped(said.title, SLACK_HEADER_CHARS_MAX)}*\n", said.sentence),
        _section("", said.next_step),
        {"type": "context", "elements": [_markdown(escaped(facts, SLACK_SECTION_CHARS_MAX))]},
    ]
    return _encode({"text": escaped(text, SLACK_SECTION_CHARS_MAX), "blocks": blocks})


def mail(notice: Notice, *, sender: str, to: Sequence[str], now_ms: int) -> EmailMessage:
    """Return an e-mail; its Message-ID is the event's, so that a repetition is seen to be one."""
    said = notice.words
    domain = sender.rpartition("@")[2]
    message = EmailMessage()
    message["Subject"] = one_line(f"[{notice.label}] {said.title}: {notice.subject}")[:SUBJECT_CHARS_MAX]
    message["From"] = Address("Headgate", addr_spec=sender)
    message["To"] = tuple(Address(addr_spec=one) for one in to)
    message["Date"] = format_datetime(datetime.fromtimestamp(now_ms // 1000, UTC))
    message["Message-ID"] = f"<{notice.message_id}@{domain}>"
    message["References"] = f"<{notice.thread_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    facts = f"{notice.type} {notice.id}, {moment(notice.at_ms)}"
    message.set_content("\n\n".join((one_line(said.sentence), one_line(said.next_step), facts)) + "\n")
    return message


def one_line(text: str) -> str:
    """Return a text without line breaks and what else may end a header."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def escaped(text: str, chars_max: int) -> str:
    """Return a text in which Slack finds no commands, and no more of it than fits."""
    parts: list[str] = []
    left = chars_max - 1
    for character in one_line(text):
        part = _ESCAPES.get(character, character)
        if len(part) > left:
            return "".join([*parts, "…"])
        parts.append(part)
        left -= len(part)
    return "".join(parts)


def _section(before: str, text: str) -> dict[str, object]:
    return {
        "type": "section",
        "text": _markdown(before + escaped(text, SLACK_SECTION_CHARS_MAX - len(before))),
    }


def _markdown(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}
