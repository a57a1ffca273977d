import asyncio
import io
import logging
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from chain.errors import Behind, ChainError, Refused, Unknown
from chain.rpc.endpoint import BODY_BYTES_MAX, Endpoint, host_of, secrets_of
from chain.rpc.node import Node
from infra import logs
from proof.virtual_time import run
from tests import chain_client_kit as kit

SECRET = "s3cr3t-api-key"  # noqa: S105 - it opens nothing
URL = f"https://user:pa55word@rpc.example:8899/v2/{SECRET}?key=0123456789abcdef"


def ask(answer: Any, method: str = "getSlot", kind: Any = int) -> Any:  # noqa: ANN401 - whatever is scripted
    """Ask an endpoint that answers just this."""
    scripted = kit.Scripted()
    scripted.host("rpc.example", **{method: answer})

    async def once() -> Any:  # noqa: ANN401 - whatever is scripted
        endpoint = Endpoint(URL, "rpc.example:8899", timeout_ms=1_000, transport=scripted.transport())
        try:
            return await endpoint.call(method, (), kind)
        finally:
            await endpoint.close()

    return run(once())


JUNK = [
    httpx.Response(200, text="<html>Welcome</html>"),
    httpx.Response(502, text="<html>Bad gateway</html>"),
    httpx.Response(200, text=""),
    httpx.Response(200, text="null"),
    httpx.Response(200, content=b"\xff\xfe"),
    httpx.Response(200, text="[" * 100_000),
    httpx.Response(200, json={"jsonrpc": "2.0", "id": 2, "result": 5}),
    httpx.Response(200, json={"jsonrpc": "2.0", "id": None, "result": 5}),
    httpx.Response(200, json={"jsonrpc": "1.0", "id": 1, "result": 5}),
    httpx.Response(200, json={"jsonrpc": "2.0", "id": 1}),
    httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": "5"}),
    httpx.Response(200, json={"jsonrpc": "2.0", "id": 1, "result": None}),
    httpx.Response(200, json=[{"jsonrpc": "2.0", "id": 1, "result": 5}]),
    httpx.Response(200, content=b"1" * (BODY_BYTES_MAX + 1)),
    httpx.Response(302, headers={"location": "https://elsewhere.example"}),
    httpx.Response(429, text="slow down"),
    httpx.ConnectError(f"cannot reach {URL}"),
    httpx.ReadTimeout("no answer"),
    httpx.RemoteProtocolError("peer closed connection"),
]


@pytest.mark.parametrize("answer", JUNK, ids=range(len(JUNK)))
def test_whatever_is_no_answer_is_unknown_and_names_the_host_alone(answer: object) -> None:
    """Nothing follows from it, and nothing of the address is told."""
    with pytest.raises(Unknown) as caught:
        ask(answer)
    assert "rpc.example:8899" in caught.value.detail
    for secret in (SECRET, "pa55word", "0123456789abcdef"):
        assert secret not in caught.value.detail


def test_an_answer_is_returned_as_what_it_has_to_be() -> None:
    """Whatever stands beside it."""
    assert ask(5) == 5


def test_an_error_is_told_by_its_code_and_without_what_only_we_know() -> None:
    """Even if the endpoint repeats our key, and in one line."""
    with pytest.raises(Refused) as caught:
        ask({"error": {"code": -32602, "message": f"bad key {SECRET}\nin {URL}", "data": {"a": 1}}})
    assert caught.value.code == -32602
    assert caught.value.detail == "rpc.example:8899 refused getSlot: bad key *** in *** (-32602)"


def test_an_endpoint_that_has_not_got_there_yet_is_behind() -> None:
    """Another one may be asked, or this one later."""
    for code in (-32016, -32005, -32004):
        with pytest.raises(Behind):
            ask({"error": {"code": code, "message": "Minimum context slot has not been reached"}})


def test_an_answer_that_never_ends_is_given_up_in_time() -> None:
    """Each byte in time is not enough: the whole has to be."""

    async def drip() -> Any:  # noqa: ANN401 - a stream without end
        while True:
            yield b" "
            await asyncio.sleep(0.5)

    with pytest.raises(Unknown, match="did not answer getSlot within 1000 ms"):
        ask(httpx.Response(200, content=drip()))


@given(some.binary(max_size=400) | some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
).map(lambda value: httpx.Response(200, json=value).content))  # fmt: skip
def test_no_body_does_anything_but_answer_or_be_unknown(body: bytes) -> None:
    """Whatever its form."""
    try:
        assert isinstance(ask(httpx.Response(200, content=body)), int)
    except Unknown as error:
        assert len(error.detail) < 400  # noqa: PT017 - either is right


def test_hosts_and_secrets_of_an_address() -> None:
    """What may be shown of it, and what may not."""
    assert host_of(URL) == "rpc.example:8899"
    assert host_of("https://api.devnet.solana.com") == "api.devnet.solana.com"
    assert {SECRET, "pa55word", "0123456789abcdef", URL} <= set(secrets_of(URL))
    assert "v2" not in secrets_of(URL)


def test_an_address_is_not_logged_at_any_level() -> None:
    """The HTTP client would write it whole."""
    stream = io.StringIO()
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in ("", "httpx")}
    handlers = root.handlers[:]
    try:
        logs.configure(level="debug", format="json", role="test", handler=logging.StreamHandler(stream))
        assert ask(5) == 5
    finally:
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    assert SECRET not in stream.getvalue()


ADDRESS = kit.key("account")
SHORT = {"context": {"slot": 5}, "value": []}
OWNER = str(kit.PROGRAM)


@pytest.mark.parametrize(
    "answer",
    [
        SHORT,
        {"context": {"slot": -1}, "value": [None]},
        {"context": {}, "value": [None]},
        {"value": [None]},
        {"context": {"slot": 5}, "value": [{"owner": OWNER, "lamports": 1, "data": ["%%%", "base64"]}]},
        {"context": {"slot": 5}, "value": [{"owner": OWNER, "lamports": 1, "data": ["", "base58"]}]},
        {"context": {"slot": 5}, "value": [{"owner": OWNER, "lamports": -1, "data": ["", "base64"]}]},
        {"context": {"slot": 5}, "value": [{"owner": "0" * 40, "lamports": 1, "data": ["", "base64"]}]},
        {"context": {"slot": 5}, "value": [{"owner": OWNER, "lamports": 1}]},
        {"context": {"slot": 5}, "value": [{"owner": OWNER, "lamports": 1.5, "data": ["", "base64"]}]},
    ],
)
def test_accounts_that_cannot_be_are_no_answer(answer: object) -> None:
    """A snapshot is whole, or there is none."""
    scripted = kit.Scripted()
    scripted.host("one.example", getMultipleAccounts=answer)

    async def once() -> None:
        endpoint = Endpoint(
            "https://one.example", "one.example", timeout_ms=100, transport=scripted.transport()
        )
        with pytest.raises(Unknown):
            await Node(endpoint).snapshot([ADDRESS])

    run(once())


def test_a_snapshot_from_before_is_behind_even_if_the_endpoint_does_not_say_so() -> None:
    """Some do not look at what they were asked for."""
    scripted = kit.Scripted()
    scripted.host("one.example", getMultipleAccounts={"context": {"slot": 5}, "value": [None]})

    async def once() -> None:
        node = Node(
            Endpoint("https://one.example", "one.example", timeout_ms=100, transport=scripted.transport())
        )
        assert (await node.snapshot([ADDRESS], 5)).accounts == (None,)
        with pytest.raises(Behind):
            await node.snapshot([ADDRESS], 6)
        for call in (node.snapshot([ADDRESS] * 101),):
            with pytest.raises(ValueError, match="more than 100"):
                await call

    run(once())
    assert [params[1]["minContextSlot"] for _, _, params in scripted.asked] == [5, 6]
    assert all(params[1]["commitment"] == "finalized" for _, _, params in scripted.asked)


def test_what_goes_wrong_is_always_one_of_our_own_errors() -> None:
    """So that nobody has to catch another library's."""
    assert issubclass(Unknown, ChainError)
    assert issubclass(Refused, Unknown)
