"""`headgate chain` and `headgate pots` on a local chain that is served, and a real log."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # its stub does not say so

import chain.program
from chain.localnet.folder import open_chain
from chain.localnet.server import Server
from events import codec
from events.types import PotLinked, PotOpened
from headgate import app
from headgate.potting import book, records
from infra import address
from infra.world_time import wall_ms
from streams import reading

TIMEOUT_SECONDS = 60
PROGRAM = Path(chain.program.__file__).parent / "campaign_pot.so"
Ask = Callable[..., tuple[int, str]]


@pytest.fixture
def localnet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve a local chain in the data folder, from a thread of its own."""
    folder = tmp_path / ".headgate" / "localnet"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.delenv("HEADGATE_KAFKA__BOOTSTRAP", raising=False)
    is_up, loop = threading.Event(), asyncio.new_event_loop()
    ending = asyncio.Event()

    async def serve() -> None:
        local = open_chain(folder, PROGRAM, wall_ms, final_blocks=31)
        async with Server(local, slot_ms=5) as server:
            address.write(folder, f"127.0.0.1:{server.port}")
            is_up.set()
            await ending.wait()
        local.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert is_up.wait(TIMEOUT_SECONDS)
    yield folder
    loop.call_soon_threadsafe(ending.set)
    thread.join()
    loop.close()


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command line and give its exit code and all that it says."""

    def run(*arguments: str) -> tuple[int, str]:
        code = app.run(list(arguments))
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


@pytest.fixture
def log(kafka: str, topic_name: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Any]]:
    """Give topics of the test's own in place of the real ones, and read what they hold."""
    names = {kind: f"{topic_name}-{kind}" for kind in ("client", "pots", "account")}
    conf: Any = {"bootstrap.servers": kafka}
    admin = AdminClient(conf)
    for future in admin.create_topics([NewTopic(name, 2, 1) for name in names.values()]).values():
        future.result(TIMEOUT_SECONDS)
    for module in (book, records):
        monkeypatch.setattr(module, "CLIENT_TOPIC", names["client"])
        monkeypatch.setattr(module, "POTS_TOPIC", names["pots"])
    monkeypatch.setattr(records, "ACCOUNT_TOPIC", names["account"])
    monkeypatch.setenv("HEADGATE_KAFKA__BOOTSTRAP", kafka)

    def read(kind: str) -> list[Any]:
        events: list[Any] = []
        for one in reading.read(conf, names[kind]):
            headers: Any = one.headers()
            events.append((one.key(), codec.decode(headers, one.value())))
        assert all(key == event.envelope.subject.encode() for key, event in events)
        return [event for _, event in events]

    return read


@pytest.mark.usefixtures("localnet")
def test_a_chain_is_checked_set_up_and_checked_again(ask: Ask) -> None:
    """What is missing fails and says what to do; done, nothing fails."""
    code, told = ask("chain", "doctor")
    assert (code, "`headgate chain init` sets it up" in told) == (1, True)
    assert "is set up" in ask("chain", "init")[1]
    assert "was set up already" in ask("chain", "init")[1]
    assert "5,000.00 USDC" in ask("chain", "faucet", "acme", "5000")[1]
    assert "was given 3 SOL" in ask("chain", "airdrop", "3", "--to", "spender")[1]
    code, told = ask("chain", "doctor", "acme", "--json")
    # What comes before is about Kafka, which this test has not.
    checks = {one["name"]: one for one in json.loads(told[told.index("[") : told.rindex("]") + 1])}
    assert code == 0
    assert "byte by byte ours" in checks["program"]["detail"]
    assert "5,000.000000 USDC" in checks["treasury acme"]["detail"]


def test_keys_are_made_into_files_of_ones_own(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address is printed, the key is not, and it is never replaced."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "funder.json"
    code, told = ask("chain", "keys", "new", str(path))
    assert code == 0
    assert path.read_text("ascii")[1:20] not in told
    code, told = ask("chain", "keys", "new", str(path))
    assert (code, "never replaced" in told) == (78, True)
    code, told = ask("chain", "doctor")
    assert (code, "headgate localnet" in told) == (78, True)


@pytest.mark.parametrize("amount", ["0", "-5", "1.1234567", "99999999999999999999", "much"])
@pytest.mark.usefixtures("localnet")
def test_amounts_that_cannot_be_are_refused_before_anything_is_asked(ask: Ask, amount: str) -> None:
    """Zero, negative, finer than a micro, more than a pot can count, and words."""
    assert ask("chain", "faucet", "acme", amount)[0] == 65
    assert ask("pots", "open", "acme", "summer", "--cap", amount, "--yes")[0] == 65


@pytest.mark.usefixtures("localnet")
def test_a_pot_is_opened_told_and_worked_on(ask: Ask, log: Callable[[str], list[Any]]) -> None:
    """On chain and in the log, in its order; repeated, it says the same again and changes nothing."""
    assert ask("chain", "init")[0] == 0
    opening = ("pots", "open", "acme", "summer", "--cap", "500", "--campaign", "tiktok/7001/1801")
    code, told = ask(*opening)
    assert (code, "--yes" in told) == (65, True)
    code, told = ask(*opening, "--yes")
    assert (code, "is open" in told) == (0, True)
    code, told = ask(*opening, "--yes")
    assert (code, "was there already" in told) == (0, True)
    opened = {(one.envelope.id, one.data) for one in log("pots")}
    assert len(opened) == 1
    facts = [one.data for one in log("client")]
    assert [type(one) for one in facts] == [PotOpened, PotLinked, PotOpened, PotLinked]
    assert len(set(facts)) == 2
    assert facts[0].daily_cap_micro_usdc == 500_000_000
    assert {one.data for one in log("account")} == {facts[1]}
    assert {one.envelope.subject for one in log("account")} == {"acme/tiktok/7001"}
    _work_on(ask)
    newest = max((one.data for one in log("pots")), key=lambda one: one.at_ms)
    assert newest.daily_cap_micro_usdc == 250_000_000
    links = [one.data for one in log("account")]
    assert [(one.link_version, one.is_linked) for one in links][-2:] == [(2, False), (3, True)]


def _work_on(ask: Ask) -> None:
    """Do with the pot what people do."""
    assert "at most 250.00 USDC a day" in ask("pots", "cap", "summer", "250", "--yes")[1]
    assert "is paused" in ask("pots", "pause", "acme/summer")[1]
    assert "is funded again" in ask("pots", "resume", "summer", "--yes")[1]
    code, told = ask("pots", "withdraw", "summer", "1", "--yes")
    assert (code, "holds 0 micro-USDC" in told) == (65, True)
    code, told = ask("pots", "close", "summer", "--yes")
    assert (code, "still pays 1 campaigns" in told) == (65, True)
    assert ask("pots", "unlink", "summer", "tiktok/7001/1801")[0] == 0
    assert ask("pots", "link", "summer", "tiktok/7001/1801")[0] == 0
    code, told = ask("pots", "authority", "summer", "--accept", "--yes")
    assert (code, "as before" in told) == (0, True)
    code, told = ask("pots", "pause", "winter")
    assert (code, "There is no pot winter" in told) == (65, True)
    code, told = ask("pots", "open", "acme", "summer", "--cap", "1", "--pot", "ab" * 32, "--yes")
    assert (code, "already" in told) == (65, True)
    assert ask("pots", "open", "acme", "x", "--cap", "1", "--pot", "abc", "--yes")[0] == 65
    assert ask("pots", "open", "ac/me", "x", "--cap", "1", "--yes")[0] == 65
    assert ask("pots", "link", "summer", "tiktok/7001")[0] == 65


@pytest.mark.usefixtures("localnet")
def test_an_opening_that_is_broken_off_is_completed_by_the_same_command(
    ask: Ask, log: Callable[[str], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was done on chain or told already stays as it is."""
    assert ask("chain", "init")[0] == 0
    opening = ("pots", "open", "acme", "summer", "--cap", "500", "--campaign", "tiktok/7001/1801", "--yes")
    with monkeypatch.context() as broken:
        broken.setattr(records, "ACCOUNT_TOPIC", "a topic that cannot be")
        broken.setattr("headgate.publishing.DELIVERY_TIMEOUT_MS", 1_000)
        assert ask(*opening)[0] != 0
    assert (len(log("client")), len(log("account"))) == (2, 0)
    assert ask(*opening)[0] == 0
    (linked,) = log("account")
    assert linked.data == log("client")[1].data == log("client")[-1].data
    assert linked.data.link_version == 1
