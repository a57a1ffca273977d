import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.notifier import notices, payloads, signing
from events.dead_letters import replayed_marker
from events.types import PlanSet
from infra.settings.notifier import signing_key
from tests.notifier_kit import (
    AT_MS,
    OLD_SECRET,
    SECRET,
    cleared,
    edited,
    hook,
    is_signed,
    moved,
    notice,
    raised,
    record,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=128)


def test_a_body_is_as_standard_webhooks_has_it() -> None:
    """Type, moment and data; the fact whole, and the words for it."""
    body = json.loads(payloads.standard(notice(raised(), 17)))
    assert (body["type"], body["timestamp"]) == ("alert.raised", "2026-11-21T12:00:00Z")
    data = body["data"]
    assert (data["client"], data["platform"], data["account"]) == ("acme", "tiktok", "7001")
    assert (data["id"], data["kind"], data["observed"]) == (
        "account-facts.3.17.0",
        "critical_overpacing",
        2_400,
    )
    assert data["text"].startswith("Campaign c1")


def test_a_signature_is_what_the_specification_says() -> None:
    """Verified by an independent reading of it; with both secrets while one is exchanged."""
    body = payloads.standard(notice(raised()))
    signed = signing.headers("id", 1_700_000_000, body, [signing_key(SECRET), signing_key(OLD_SECRET)])
    assert is_signed(signed, body, SECRET)
    assert is_signed(signed, body, OLD_SECRET)
    assert not is_signed(signed, body + b" ", SECRET)
    assert not is_signed({**signed, "webhook-id": "other"}, body, SECRET)
    assert not is_signed({**signed, "webhook-timestamp": "1700000001"}, body, SECRET)


def test_a_message_keeps_its_id_and_that_has_no_full_stop() -> None:
    """Receivers drop an id that they have had; a full stop separates what is signed."""
    assert notice(raised(), 17).message_id == "account-facts_3_17_0"
    strange = notices.Notice("1.2", "a/b/c", raised())
    assert len(strange.message_id) == 64
    assert "." not in strange.message_id


def test_an_episode_is_one_thread() -> None:
    """The end is shown with its beginning, another episode is not."""
    assert notice(raised()).thread_id == notice(cleared(), 1).thread_id
    assert notice(raised(episode=2)).thread_id != notice(raised()).thread_id


@given(TEXT, TEXT)
def test_whatever_a_campaign_is_called_slack_finds_no_commands_and_no_more_than_fits(
    campaign: str, subject: str
) -> None:
    """Angle brackets are commands there, such as <!channel>; a section has 3,000 characters."""
    message = json.loads(payloads.slack(notice(raised(campaign), subject=subject)))
    texts = [message["text"]]
    for block in message["blocks"]:
        texts += [block["text"]["text"]] if "text" in block else [one["text"] for one in block["elements"]]
    for text in texts:
        assert len(text) <= 3_000
        assert "<" not in text
        assert ">" not in text.replace("&gt;", "")


def test_what_is_too_long_is_cut_between_characters() -> None:
    """Half an escape would be shown as it stands."""
    assert payloads.escaped("&" * 100, 12) == "&amp;&amp;…"
    assert payloads.escaped("fits", 12) == "fits"


@given(TEXT, TEXT)
def test_an_email_has_one_subject_line_whatever_it_is_about(campaign: str, subject: str) -> None:
    """A line break in a header would be another header."""
    about = notice(raised(campaign), subject=subject)
    letter = payloads.mail(about, sender="headgate@example.org", to=["ops@example.org"], now_ms=AT_MS)
    text = letter.as_bytes()
    head = text.partition(b"\n\n")[0]
    assert len(letter["Subject"]) <= 200
    assert sum(line.lower().startswith(b"bcc") for line in head.splitlines()) == 0
    assert letter["Message-ID"] == f"<{about.message_id}@example.org>"
    assert letter["References"] == f"<{about.thread_id}@example.org>"


def test_of_a_log_only_what_is_for_people_is_read() -> None:
    """A page of plans is not even decoded; what was put back says so."""
    headers, body = record(raised(), 3)
    assert notices.read(headers, body) == notice(raised(), 3)
    plans = PlanSet(day="2026-11-21", day_start_ms=0, day_end_ms=1, from_ms=0, plans=())
    assert notices.read(record(plans)[0], b"{broken") is None
    again = notices.read([*headers, *replayed_marker(4, 44)], body)
    assert again is not None
    assert again.replayed == (4, 44)


@pytest.mark.parametrize(
    ("fact", "changes", "is_told"),
    [
        (raised(), {}, True),
        (raised(), {"min_severity": "high"}, True),
        (raised(), {"min_severity": "critical"}, False),
        (raised(severity="info"), {"min_severity": "warning"}, False),
        (cleared(), {"min_severity": "high"}, True),
        (moved(state="closed"), {"min_severity": "critical"}, True),
        (edited(), {}, False),
        (edited(), {"events": ("edit.observed",)}, True),
        (raised(), {"only": ("acme",)}, True),
        (raised(), {"only": ("acme/tiktok/7001",)}, True),
        (raised(), {"only": ("acm", "acme/tiktok/700")}, False),
    ],
)
def test_a_destination_is_told_what_it_wants(fact: object, changes: dict[str, object], is_told: bool) -> None:  # noqa: FBT001 - the case's expectation
    """By severity, kind of event, and client or account."""
    assert notices.is_wanted(notice(fact), hook(**changes)) == is_told
