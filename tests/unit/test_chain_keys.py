import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.system_program import TransferParams, transfer

from chain.errors import BadSignature, ChainError, NotConfigured
from chain.keys import FileSigner, read_key_file, start_command_signer, write_new_key
from chain.place import find_place
from chain.transactions import compile_message, sign
from infra.settings import Settings, load
from tests import chain_client_kit as kit

PAIR = Keypair.from_seed(bytes(range(32)))
MESSAGE = b"a message"


def key_file(folder: Path, content: bytes | None = None, mode: int = 0o600) -> Path:
    """Write a key file."""
    path = folder / "key.json"
    path.write_bytes(json.dumps(list(bytes(PAIR))).encode() if content is None else content)
    path.chmod(mode)
    return path


def test_a_key_file_signs_and_never_shows_itself(tmp_path: Path) -> None:
    """Only its address is in its words."""
    signer = read_key_file(key_file(tmp_path))
    assert signer.address == PAIR.pubkey()
    signature = asyncio.run(signer.sign(MESSAGE))
    assert signature.verify(PAIR.pubkey(), MESSAGE)
    assert repr(signer) == f"FileSigner({PAIR.pubkey()})"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o700 | 0o010])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """And it is said how to close it."""
    with pytest.raises(NotConfigured, match="chmod 600"):
        read_key_file(key_file(tmp_path, mode=mode))


SECRET = bytes(PAIR)
OTHER = bytes(Keypair.from_seed(bytes(32)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1,2,3]",
        json.dumps([*SECRET, 7]).encode(),
        json.dumps([*SECRET[:63], 256]).encode(),
        json.dumps([*SECRET[:32], *OTHER[32:]]).encode(),
        json.dumps([*SECRET[:63], SECRET[63] ^ 1]).encode(),
        json.dumps([str(one) for one in SECRET]).encode(),
        b"\xff" * 64,
        b" " * 2_000 + json.dumps(list(SECRET)).encode(),
    ],
)
def test_what_is_no_key_is_refused_without_a_word_of_it(tmp_path: Path, content: bytes) -> None:
    """Neither its numbers nor its length is told."""
    with pytest.raises(NotConfigured) as caught:
        read_key_file(key_file(tmp_path, content))
    told = f"{caught.value.detail} {caught.value.__cause__}"
    assert ", ".join(str(one) for one in SECRET[:3]) not in told
    assert "key.json" in told


def test_what_is_no_ordinary_file_is_no_key_file(tmp_path: Path) -> None:
    """A folder, a pipe that nobody writes to, or nothing; a link to a key file is one."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "absent"):
        with pytest.raises(NotConfigured):
            read_key_file(path)
    (tmp_path / "link").symlink_to(key_file(tmp_path))
    assert read_key_file(tmp_path / "link").address == PAIR.pubkey()


def test_a_new_key_is_for_us_alone_and_never_replaces_another(tmp_path: Path) -> None:
    """Whatever the umask says."""
    before = os.umask(0)
    try:
        address = write_new_key(tmp_path / "keys" / "new.json")
    finally:
        os.umask(before)
    path = tmp_path / "keys" / "new.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path).address == address
    with pytest.raises(NotConfigured, match="never replaced"):
        write_new_key(path)
    assert read_key_file(path).address == address


SIGNER = """
import base64, json, sys
from solders.keypair import Keypair
pair = Keypair.from_seed(bytes(range(32)))
if sys.argv[-1] == "address":
    print(pair.pubkey())
else:
    print("a secret on the way", file=sys.stderr)
    print(pair.sign_message(base64.b64decode(sys.stdin.read())))
"""


def program(folder: Path, text: str) -> tuple[str, ...]:
    """Write a signer program."""
    (folder / "signer.py").write_text(text, "utf-8")
    return (sys.executable, str(folder / "signer.py"))


def test_a_program_signs_in_place_of_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What it complains of goes nowhere, since it may be secret."""

    async def work() -> None:
        signer = await start_command_signer(program(tmp_path, SIGNER), timeout_ms=20_000)
        assert signer.address == PAIR.pubkey()
        assert (await signer.sign(MESSAGE)).verify(PAIR.pubkey(), MESSAGE)
        assert repr(signer) == f"CommandSigner({PAIR.pubkey()})"

    asyncio.run(work())
    assert capfd.readouterr() == ("", "")


WRONG = {
    "another message": SIGNER.replace("base64.b64decode(sys.stdin.read())", "b'else'"),
    "no signature": SIGNER.replace("print(pair.sign_message", "print('1' * 9, "),
    "a failure": SIGNER.replace("print(pair.sign_message", "sys.exit(3) or str("),
    "too slow": SIGNER.replace("print(pair.sign_message", "__import__('time').sleep(60) or str("),
    "without end": SIGNER.replace(
        "print(pair.sign_message", "[print('x' * 9999) for _ in iter(int, 1)] or str("
    ),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_a_program_gives_that_is_no_signature_is_refused(tmp_path: Path, text: str) -> None:
    """In bounded time, and before anybody uses it."""

    async def work() -> None:
        signer = await start_command_signer(program(tmp_path, SIGNER), timeout_ms=20_000)
        program(tmp_path, text)
        signer._timeout_ms = 3_000  # noqa: SLF001 - its start takes longer than its answer should
        with pytest.raises(BadSignature) as caught:
            await signer.sign(MESSAGE)
        assert "secret" not in caught.value.detail

    asyncio.run(work())


def test_a_program_that_is_not_there_or_tells_no_address_is_not_configured(tmp_path: Path) -> None:
    """Visible, and nothing is signed."""
    for command in (("/nowhere/signer",), program(tmp_path, "print('hello')")):
        with pytest.raises(NotConfigured):
            asyncio.run(start_command_signer(command, timeout_ms=20_000))


def test_a_transaction_is_signed_by_each_who_has_to() -> None:
    """One that is missing, or gives another one's signature, stops it."""
    one, two = FileSigner(PAIR), FileSigner(Keypair.from_seed(bytes(32)))
    step = transfer(TransferParams(from_pubkey=two.address, to_pubkey=one.address, lamports=1))
    message = compile_message(one.address, [step], Hash.default())
    signed = asyncio.run(sign(message, [two, one]))
    assert signed.raw[1:65] == bytes(signed.signature)
    with pytest.raises(NotConfigured, match=str(two.address)):
        asyncio.run(sign(message, [one]))

    class Impostor(FileSigner):
        def __init__(self) -> None:
            super().__init__(PAIR)
            self.address = two.address

    with pytest.raises(BadSignature):
        asyncio.run(sign(message, [one, Impostor()]))


def settings(tmp_path: Path, **flags: object) -> Settings:
    """Give settings with a folder of their own."""
    return load(flags={"data_dir": str(tmp_path), **{f"chain.{name}": one for name, one in flags.items()}})


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work without settings from outside."""
    monkeypatch.chdir(tmp_path)


CLUSTER = {
    "rpc_urls": ["https://rpc.example/secret-key"],
    "program": str(kit.PROGRAM),
    "usdc_mint": str(kit.MINT),
}


def test_the_settings_say_which_chain(tmp_path: Path) -> None:
    """A cluster's is no local one."""
    place = find_place(settings(tmp_path, **CLUSTER))
    assert (place.program.address, place.mint, place.is_local) == (kit.PROGRAM, kit.MINT, False)
    with pytest.raises(NotConfigured, match=r"chain[.]funder_keypair"):
        asyncio.run(place.signer("funder"))


def test_without_settings_it_is_the_local_chain(tmp_path: Path) -> None:
    """As it says of itself, with its own keys unless others are set."""
    with pytest.raises(NotConfigured, match="headgate localnet"):
        find_place(settings(tmp_path))
    folder = tmp_path / "localnet"
    folder.mkdir()
    path = key_file(folder)
    told = {"program": str(kit.PROGRAM), "usdc_mint": str(kit.MINT), "keys": {"funder": str(path)}}
    (folder / "genesis.json").write_text(json.dumps(told), "utf-8")
    with pytest.raises(NotConfigured, match="never started"):
        find_place(settings(tmp_path))
    (folder / "bootstrap").write_text("127.0.0.1:8899", "ascii")
    place = find_place(settings(tmp_path))
    assert (place.urls, place.is_local) == (("http://127.0.0.1:8899",), True)
    assert asyncio.run(place.signer("funder")).address == PAIR.pubkey()
    (folder / "genesis.json").write_text("{", "utf-8")
    with pytest.raises(NotConfigured, match="cannot be read"):
        find_place(settings(tmp_path))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"rpc_urls": ["http://rpc.example/secret-key"]}, "clear text"),
        ({"rpc_urls": ["http://10.0.0.7:8899"]}, "clear text"),
        ({"program": None}, "chain.program"),
        ({"usdc_mint": None}, "chain.usdc_mint"),
        ({"program": "1" * 44}, "no address"),
        ({"funder_keypair": "a.json", "funder_signer": ["signer"]}, "both"),
    ],
)
def test_settings_that_cannot_be_are_said_without_what_is_secret_in_them(
    tmp_path: Path, changed: dict[str, object], told: str
) -> None:
    """Nothing is asked of such a chain."""
    given = {name: one for name, one in {**CLUSTER, **changed}.items() if one is not None}
    with pytest.raises(ChainError, match=told) as caught:
        find_place(settings(tmp_path, **given))
    assert "secret-key" not in caught.value.detail


def test_this_machine_may_be_asked_in_clear_text(tmp_path: Path) -> None:
    """By its names and its numbers."""
    for host in ("localhost", "127.0.0.1", "127.9.9.9", "[::1]"):
        given = {**CLUSTER, "rpc_urls": [f"http://{host}:8899"]}
        assert find_place(settings(tmp_path, **given)).urls == (f"http://{host}:8899",)
