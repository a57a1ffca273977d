import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from faust.types import TP

from proof.simulation.log import Entry
from streams.agents.account import ACCOUNT
from streams.app import attach_one
from streams.engine.app import EngineApp
from streams.engine.batch import Batch
from streams.engine.errors import CommitFailed, LinkBroken, StateAhead, Unrestored
from streams.engine.options import EngineOptions
from streams.engine.rounds import Links, Rounds
from streams.engine.values import prefix

if TYPE_CHECKING:
    from streams.shell import Processed

HERE = TP("in", 0)


def records(*offsets: int) -> list[Any]:
    """Return records of one partition."""
    return [Entry((HERE.topic, HERE.partition), offset, None, is_mark=False) for offset in offsets]


def begun(offset: int) -> Links:
    """Return links of one owned partition."""
    links = Links()
    links.begin({HERE: offset})
    return links


def test_gaps_between_offsets_are_no_skip() -> None:
    """Transactions leave gaps; what counts is the record fetched before."""
    links = begun(5)
    for batch in (records(7, 9), records(15)):
        (fetched,) = links.fetch(batch)
        links.check(fetched)
        links.committed(HERE, batch[-1].offset())


def test_a_batch_that_got_lost_is_noticed_with_the_next_one() -> None:
    """What follows a lost batch is refused: its link is not what was committed last."""
    links = begun(0)
    links.fetch(records(0, 1))
    (fetched,) = links.fetch(records(2))
    with pytest.raises(LinkBroken, match="offset 2 was fetched after 1, but the last one committed is -1"):
        links.check(fetched)


def test_a_record_that_comes_again_is_refused() -> None:
    """The client never goes back by itself; if it did, a round would repeat."""
    links = begun(0)
    (fetched,) = links.fetch(records(0, 1))
    links.check(fetched)
    links.committed(HERE, 1)
    (fetched,) = links.fetch(records(1))
    with pytest.raises(LinkBroken):
        links.check(fetched)


def test_a_partition_of_somebody_else_is_refused() -> None:
    """What is not owned is not processed."""
    (fetched,) = begun(0).fetch([Entry(("in", 1), 0, None, is_mark=False)])
    with pytest.raises(LinkBroken, match="not owned"):
        begun(0).check(fetched)


def test_the_state_changes_after_the_commit_and_not_without_it() -> None:
    """The order of a round: deliver, commit, state; a commit that fails leaves all as it was."""
    done: list[str] = []
    tables = SimpleNamespace(
        changes=list,
        committed=lambda _ends, _newest: done.append("state"),
        check_not_ahead=lambda *_where: None,
    )

    async def deliver(_batches: list[Batch]) -> None:
        done.append("deliver")

    async def commit(_staged: object) -> Any:  # noqa: ANN401 - where changelogs end
        done.append("commit")
        if done.count("commit") == 2:
            raise RuntimeError("refused")
        return {}

    rounds = Rounds(tables, deliver, list, commit)
    rounds.links.begin({HERE: 0})
    asyncio.run(rounds.run(rounds.links.fetch(records(0))))
    with pytest.raises(RuntimeError, match="refused"):
        asyncio.run(rounds.run(rounds.links.fetch(records(1))))
    assert done == ["deliver", "commit", "state", "deliver", "commit"]


@pytest.fixture
def app(tmp_path: Path) -> EngineApp:
    """Give an app that was not started."""
    return EngineApp(EngineOptions("g", "0", {"bootstrap.servers": "nowhere:1"}, folder=str(tmp_path)))


def test_a_state_that_follows_from_later_records_is_refused(app: EngineApp) -> None:
    """Someone moved offsets or wrote the changelog by hand: to go on would count twice."""
    table = app.table("t", source="in", partitions=1)
    part = table.data.open(0, "")
    part.apply({b"a": prefix(7)}, 9, 7)
    app.tables.check_not_ahead(HERE, 8)
    with pytest.raises(StateAhead, match="follows from source offset 7, but offset 7 comes next") as caught:
        app.tables.check_not_ahead(HERE, 7)
    assert "rebuild" in caught.value.next_step


def test_a_partition_whose_state_is_not_here_is_refused(app: EngineApp) -> None:
    """No agent decides from an empty state that is not empty."""
    table = app.table("t", source="in", partitions=1)
    with pytest.raises(Unrestored, match="partition 0 is used, but its state is not here"):
        table.part(Batch(HERE, records(0)))


def test_the_account_agent_runs_in_fausts_test_context(app: EngineApp) -> None:
    """Our own agents can be driven without a broker, batch by batch."""
    seen: list[Processed] = []

    async def run() -> None:
        agent = attach_one(app, ACCOUNT, 1, lambda _agent, done: seen.append(done))
        app.tables[ACCOUNT.table].data.open(0, "")
        async with agent.test_context() as context:
            await context.put(
                Batch(TP(ACCOUNT.topic, 0), [Entry((ACCOUNT.topic, 0), 3, None, is_mark=False)])
            )

    asyncio.run(run())
    assert [done.parked for done in seen] == [["no-envelope"]]
    assert app.producer.has_staged


def test_a_commit_that_never_comes_back_ends_the_worker(tmp_path: Path) -> None:
    """The client's own timeouts do not hold in every case, so the engine has one of its own."""
    options = EngineOptions(
        "g", "0", {"bootstrap.servers": "nowhere:1"}, folder=str(tmp_path), call_timeout_seconds=0.01
    )

    async def run() -> None:
        consumer = EngineApp(options).consumer
        await consumer._in_time(asyncio.get_running_loop().create_future())  # noqa: SLF001 - the part under test

    with pytest.raises(CommitFailed, match=r"did not come back within 0.02 s"):
        asyncio.run(run())
