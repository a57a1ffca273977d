import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from connectors import http
from connectors.errors import (
    AuthExpired,
    AuthRevoked,
    Conflict,
    Forbidden,
    InvalidRequest,
    Partial,
    PlatformError,
    RateLimited,
    Transient,
)
from connectors.tiktok import TikTok
from tests.simulator_kit import HandTime
from tests.tiktok_kit import ACCOUNT, DAY, TOKEN, Answer, Scripted, envelope, text

Call = Callable[[TikTok], Awaitable[object]]

# Every call of the port.
CALLS: dict[str, Call] = {
    "validate": lambda platform: platform.validate("7100"),
    "list_campaigns": lambda platform: platform.list_campaigns("7100"),
    "list_some_campaigns": lambda platform: platform.list_campaigns("7100", ["c1"]),
    "read_hours": lambda platform: platform.read_hours(ACCOUNT, DAY),
    "read_days": lambda platform: platform.read_days(ACCOUNT, "2026-11-01", "2026-11-20"),
    "pause": lambda platform: platform.pause("7100", ["c1", "c2"]),
    "resume": lambda platform: platform.resume("7100", ["c1", "c2"]),
    "set_budget": lambda platform: platform.set_budget("7100", "c1", 1_000_000),
}
READS = [name for name in CALLS if name not in {"pause", "resume", "set_budget"}]

CODES: dict[int, type[PlatformError]] = {
    40000: InvalidRequest,
    40001: Forbidden,
    40002: InvalidRequest,
    40050: Conflict,
    40100: RateLimited,
    40102: AuthExpired,
    40104: AuthRevoked,
    40105: AuthRevoked,
    40113: AuthRevoked,
    40132: AuthRevoked,
    40200: Transient,
    40201: Transient,
    40202: Conflict,
    50000: Transient,
    50002: Transient,
    60001: Transient,
    # Nobody has told us of these.
    40199: AuthRevoked,
    40999: InvalidRequest,
    51234: Transient,
    99999: Transient,
    -1: Transient,
}


def error_of(call: Call, *answers: Answer, **settings: object) -> PlatformError:
    """Return what a call raises when the platform answers so."""

    async def run() -> PlatformError:
        async with Scripted(*answers) as server:
            platform = server.platform(**settings)
            with pytest.raises(PlatformError) as raised:
                await call(platform)
            await platform.close()
            return raised.value

    return asyncio.run(run())


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("code", CODES)
def test_a_code_in_the_body_says_what_to_do_whatever_the_http_status(code: int, status: int) -> None:
    """TikTok says 200 to almost everything."""
    error = error_of(CALLS["validate"], envelope(code=code, message="as they say", status=status))
    assert type(error) is CODES[code]
    assert error.platform == "tiktok"
    if code != 40100:
        assert "as they say" in error.detail
        assert str(code) in error.detail
        assert "r1" in error.detail


@pytest.mark.parametrize("call", CALLS)
def test_every_call_raises_what_a_code_means(call: str) -> None:
    """No call takes an error for an answer."""
    for code in (40001, 40105, 40202, 50000):
        assert type(error_of(CALLS[call], envelope(code=code))) is CODES[code]


def garbage() -> dict[str, Answer]:
    """Return answers that are none."""
    deep = "[" * 100_000
    return {
        "html": text("<html><body>502 Bad Gateway</body></html>"),
        "nothing": text(""),
        "half json": text('{"code": 0, "message": "OK", "da'),
        "another json": text('["no", "envelope"]'),
        "a code of text": text('{"code": "0", "data": {}}'),
        "no code": text('{"data": {"list": []}}'),
        "not utf-8": text(b'{"code": 0, "message": "\xff\xfe"}'),
        "deep": text(deep),
        "data that is none": text('{"code": 0, "data": 7}'),
        "data of another shape": envelope({"list": "none", "page_info": {}}),
        "no data": text('{"code": 0}'),
        "null data": text('{"code": 0, "data": null}'),
    }


@pytest.mark.parametrize("body", garbage())
@pytest.mark.parametrize("call", READS)
def test_a_read_that_brings_garbage_may_be_tried_again(call: str, body: str) -> None:
    """Half of an answer, or none, never looks like nothing having been spent."""
    assert type(error_of(CALLS[call], garbage()[body])) is Transient


@pytest.mark.parametrize(
    "body", ["html", "nothing", "half json", "another json", "a code of text", "no code"]
)
@pytest.mark.parametrize("call", ["pause", "set_budget"])
def test_a_write_that_brings_garbage_is_in_doubt(call: str, body: str) -> None:
    """It may have taken effect, so the caller looks before it writes again."""
    assert type(error_of(CALLS[call], garbage()[body])) is Transient


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """The token goes to nobody else."""

    async def run() -> None:
        async with Scripted(envelope()) as elsewhere:
            there = {"Location": elsewhere.url}
            async with Scripted(text("", status, there)) as server:
                platform = server.platform()
                with pytest.raises(Transient, match="redirected"):
                    await platform.pause("7100", ["c1"])
                await platform.close()
            assert elsewhere.asked == []

    asyncio.run(run())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 502, 503])
def test_a_status_without_an_envelope_is_somebody_elses_and_passes(status: int) -> None:
    """A proxy on the way says nothing about our token or our account."""
    error = error_of(CALLS["validate"], text("<html>no</html>", status))
    assert type(error) is Transient
    assert str(status) in error.detail


def test_http_429_is_a_rate_limit_also_without_an_envelope() -> None:
    """The gateway counts too."""
    assert type(error_of(CALLS["validate"], text("slow down", 429))) is RateLimited


def test_an_error_status_with_a_good_envelope_is_no_success() -> None:
    """Two statements that do not fit each other."""
    assert type(error_of(CALLS["pause"], envelope(status=500))) is Transient


async def reset(request: web.Request) -> web.StreamResponse:
    """Break the connection off before an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def broken_off(request: web.Request) -> web.StreamResponse:
    """Break the connection off in the midst of an answer."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"code": 0, ')
    assert request.transport is not None
    request.transport.abort()
    return response


async def dripping(request: web.Request) -> web.StreamResponse:
    """Send a blank now and then, for much longer than anybody waits."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        if request.transport is None or request.transport.is_closing():
            break
        await response.write(b" ")
        await asyncio.sleep(0.02)
    return response


@pytest.mark.parametrize("answer", [reset, broken_off])
@pytest.mark.parametrize("call", CALLS)
def test_a_connection_that_breaks_is_told_as_passing(call: str, answer: Answer) -> None:
    """Whether before the answer or in its midst."""
    error = error_of(CALLS[call], answer)
    assert type(error) is Transient
    assert "connection failed" in error.detail


def test_nobody_listening_is_told_as_passing() -> None:
    """The platform may be away."""

    async def run() -> None:
        async with Scripted(envelope()) as server:
            platform = server.platform()
        with pytest.raises(Transient, match="ConnectError"):
            await platform.validate("7100")
        await platform.close()

    asyncio.run(run())


def test_an_answer_that_drips_in_for_ever_ends_at_the_time_limit() -> None:
    """Each read is in time, and the whole is not."""
    error = error_of(CALLS["validate"], dripping, timeout_ms=200)
    assert type(error) is Transient
    assert "200 ms" in error.detail


def test_a_huge_answer_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed or not, it is bounded in memory."""
    monkeypatch.setattr(http, "BODY_BYTES_MAX", 10_000)
    for answer in (
        text(" " * 20_000),
        text(gzip.compress(b" " * 20_000), headers={"Content-Encoding": "gzip"}),
    ):
        assert "longer than 10000 bytes" in error_of(CALLS["validate"], answer).detail


def test_an_answer_that_cannot_be_unpacked_is_told_as_passing() -> None:
    """It says that it is packed, and is not."""
    answer = text("not packed at all", headers={"Content-Encoding": "gzip"})
    assert type(error_of(CALLS["validate"], answer)) is Transient


def test_the_token_is_in_no_error_even_when_the_platform_repeats_it() -> None:
    """Errors go to logs and into the log for ever."""
    message = f"token {TOKEN} is wrong " * 50
    told = [
        error_of(CALLS["validate"], envelope(code=40105, message=message)),
        error_of(
            CALLS["pause"],
            envelope(
                {"errors": [{"campaign_id": "c1", "error_code": 40002, "error_message": message}]}, 20001
            ),
        ),
        error_of(CALLS["validate"], envelope(code=20001, message=message)),
        error_of(CALLS["set_budget"], envelope(code=20001, message=message)),
        error_of(CALLS["validate"], text(f"<html>{TOKEN}</html>")),
        error_of(CALLS["validate"], reset),
    ]
    assert isinstance(told[1], Partial)
    assert "***" in told[1].failed["c1"].detail
    for error in [*told, *told[1].failed.values()]:
        chain: BaseException | None = error
        while chain is not None:
            assert TOKEN not in f"{chain} {chain!r}"
            chain = chain.__cause__
        assert len(error.detail) <= 500


def test_a_partial_write_names_what_failed_and_why() -> None:
    """The rest has taken effect; what nobody speaks of is in doubt."""
    data = {
        "campaign_ids": ["c1"],
        "errors": [
            {"campaign_id": "c2", "error_code": 40001, "error_message": "not yours"},
            {"campaign_id": "c3", "error_code": 40100, "error_message": "too often"},
        ],
    }
    error = error_of(lambda platform: platform.pause("7100", ["c1", "c2", "c3", "c4"]), envelope(data, 20001))
    assert isinstance(error, Partial)
    assert {campaign: type(failure) for campaign, failure in error.failed.items()} == {
        "c2": Forbidden,
        "c3": Transient,
        "c4": Transient,
    }
    assert "not yours" in error.failed["c2"].detail


def test_a_partial_write_that_explains_nothing_leaves_all_in_doubt() -> None:
    """Reading back will tell."""
    error = error_of(CALLS["pause"], envelope({}, 20001))
    assert isinstance(error, Partial)
    assert {type(failure) for failure in error.failed.values()} == {Transient}
    assert list(error.failed) == ["c1", "c2"]


@pytest.mark.parametrize("call", READS)
def test_a_partial_read_is_no_read(call: str) -> None:
    """Half of an answer never looks like all of it."""
    body = {"list": [], "page_info": {"page": 1, "page_size": 9, "total_number": 0, "total_page": 0}}
    assert type(error_of(CALLS[call], envelope(body, 20001))) is Transient


def test_a_rate_limit_says_when_to_come_back_and_holds_up_the_whole_credential() -> None:
    """Without a hint of the platform's; then nothing is sent before its time."""

    async def run() -> None:
        time = HandTime()
        async with Scripted(envelope(code=40100), envelope({"list": []})) as server:
            platform = server.platform(time)
            with pytest.raises(RateLimited) as limited:
                await platform.validate("7100")
            assert limited.value.scope == "second"
            assert 0 < limited.value.retry_at_ms - time.now_ms() <= 1_000
            with pytest.raises(PlatformError):
                await platform.validate("7200")
            assert time.now_ms() >= limited.value.retry_at_ms
            await platform.close()

    asyncio.run(run())


def test_what_the_platform_would_refuse_anyway_is_not_sent() -> None:
    """Limits of its own that we know."""

    async def run() -> None:
        async with Scripted(envelope()) as server:
            platform = server.platform()
            too_many = [str(number) for number in range(platform.writes_max + 1)]
            for call in (
                platform.pause("7100", []),
                platform.resume("7100", too_many),
                platform.read_days(ACCOUNT, "2026-11-20", "2026-11-19"),
                platform.read_days(ACCOUNT, "2026-10-01", "2026-10-31"),
                platform.read_days(ACCOUNT, "yesterday", "2026-10-31"),
            ):
                with pytest.raises(InvalidRequest):
                    await call
            assert server.asked == []
            await platform.close()

    asyncio.run(run())


def test_writes_say_exactly_what_is_meant_and_amounts_keep_their_digits() -> None:
    """No float on the way out."""

    async def run() -> None:
        async with Scripted(envelope({"campaign_ids": ["c1"]})) as server:
            platform = server.platform()
            await platform.pause("7100", ["c1"])
            await platform.resume("7100", ["c1"])
            await platform.set_budget("7100", "c1", 50_100_000)
            await platform.set_budget("7100", "c1", 12_000_000_000)
            await platform.close()
            assert {request.headers["Access-Token"] for request in server.asked} == {TOKEN}
            assert all(request.path.endswith("/") for request in server.asked)
            pause, resume = (json.loads(body) for body in server.bodies[:2])
            assert pause == {"advertiser_id": "7100", "campaign_ids": ["c1"], "operation_status": "DISABLE"}
            assert resume["operation_status"] == "ENABLE"
            assert b'"budget":50.1}' in server.bodies[2]
            assert b'"budget":12000}' in server.bodies[3]

    asyncio.run(run())
