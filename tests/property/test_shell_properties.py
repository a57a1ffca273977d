from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from events.codec import Event, decode, encode
from events.envelope import Envelope, output_id
from events.errors import REASONS
from events.types import (
    CampaignObservation,
    CampaignsObserved,
    ClockTicked,
    Fact,
    PolicySet,
    SpendObservation,
    SpendObserved,
    SpendRecorded,
    SubjectReleased,
)
from streams.agent import Agent
from streams.agents.account import ACCOUNT
from streams.engine.batch import Batch
from streams.engine.parts import MemoryPart
from streams.replay import fingerprint
from streams.shell import DEAD_LETTERS, Processed, Shell

Headers = Sequence[tuple[str, bytes | None]]

DAY, DAY_START_MS, DAY_MS = "2026-03-01", 1_772_323_200_000, 86_400_000
SUBJECTS = ("a/meta/1", "b/meta/2")


class Recorded:
    """A record as the client gives it."""

    def __init__(self, key: bytes | None, value: bytes | None, headers: Headers | None) -> None:
        self._content = key, value, headers
        self.place = 0

    def offset(self) -> int:
        """Return the place."""
        return self.place

    def key(self) -> bytes | None:
        """Return the key."""
        return self._content[0]

    def value(self) -> bytes | None:
        """Return the body."""
        return self._content[1]

    def headers(self) -> Headers | None:
        """Return the headers."""
        return self._content[2]


def record(fact: Fact, subject: str = SUBJECTS[0], id_: str = "in-1", source: str = "/test") -> Recorded:
    """Return a fact as a record."""
    headers, body = encode(Event(Envelope(id_, fact.TYPE, fact.VERSION, source, subject), fact))
    return Recorded(subject.encode(), body, headers)


def placed(records: Sequence[Recorded]) -> list[Recorded]:
    """Give records their offsets, with the gaps that transactions leave."""
    for number, one in enumerate(records):
        one.place = number * 2
    return list(records)


def decided(
    records: Sequence[Recorded], cuts: Sequence[int] = (), agent: Agent = ACCOUNT
) -> tuple[dict[bytes, bytes], list[bytes], list[Processed]]:
    """Decide records in batches that end at the cuts; return rows, what was sent, and what was counted."""
    part, sent, all_done, shell = MemoryPart(), [], [], Shell(agent)
    places = [0, *sorted(cuts), len(records)]
    for begin, end in pairwise(places):
        if begin < end:
            batch: Any = Batch(TP(agent.topic, 0), records[begin:end])  # type: ignore[arg-type]  # as much of a record as a shell reads
            done = shell.process(batch, part.get)
            part.apply(done.rows, 0, 0)
            sent += [send.topic.encode() + fingerprint(send) for send in done.sends]
            all_done.append(done)
    return part.rows, sent, all_done


SEEN = st.builds(
    SpendObservation, st.sampled_from(["c1", "c2"]), st.integers(0, 24), st.integers(0, 50_000_000)
)
FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(
        lambda since, seen: SpendObserved(
            "USD", DAY, DAY_START_MS, DAY_START_MS + DAY_MS, DAY_START_MS + since, tuple(seen)
        ),
        st.integers(0, DAY_MS),
        st.lists(SEEN, max_size=4),
    ),
    st.builds(
        lambda number: SpendRecorded(f"t{number}", "c1", DAY, number * 1_000_000, "USD"), st.integers(0, 9)
    ),
    st.builds(
        lambda as_of, micros: CampaignsObserved(
            "USD", "UTC", as_of, (CampaignObservation("c1", "", "enabled", micros),)
        ),
        st.integers(0, 9),
        st.integers(0, 9_000_000),
    ),
    st.builds(PolicySet, st.integers(1, 9)),
    st.builds(ClockTicked, st.integers(DAY_START_MS, DAY_START_MS + DAY_MS)),
)
JUNK = st.builds(
    Recorded,
    st.none() | st.binary(max_size=8),
    st.none() | st.binary(max_size=30) | st.sampled_from([b"{}", b"[]", b'{"day":"\\u0000"}', b'"\\ud800"']),
    st.none()
    | st.lists(st.tuples(st.sampled_from(["ce_type", "ce_id", "x"]), st.none() | st.binary(max_size=9))),
)


@st.composite
def damaged(draw: st.DrawFn) -> Recorded:
    """Give a good record of which a part of the body or a header is damaged."""
    whole = record(draw(FACTS), draw(st.sampled_from(SUBJECTS)))
    body, headers = bytearray(whole.value() or b""), list(whole.headers() or ())
    if draw(st.booleans()):
        body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
        return Recorded(whole.key(), bytes(body), headers)
    place = draw(st.integers(0, len(headers) - 1))
    headers[place] = (headers[place][0], draw(st.none() | st.binary(max_size=20)))
    return Recorded(whole.key(), bytes(body), headers)


OWN = st.builds(
    lambda fact, offset, index: record(
        fact, id_=output_id("elsewhere", 0, offset, index), source="/headgate/poller"
    ),
    FACTS,
    st.integers(0, 3),
    st.integers(0, 2),
)
RECORDS = st.one_of(
    st.builds(record, FACTS, st.sampled_from(SUBJECTS)), st.builds(record, FACTS), OWN, JUNK, damaged()
)


@given(st.booleans(), st.lists(RECORDS, max_size=20), st.data())
def test_any_batching_gives_the_same_bytes(stops: bool, records: list[Recorded], data: st.DataObject) -> None:  # noqa: FBT001 - drawn
    """Live, in replay and in simulation the log is cut differently, and rows and records are the same."""
    agent = stopping(stops=stops)
    placed(records)
    whole = decided(records, agent=agent)[:2]
    cuts = data.draw(st.lists(st.integers(0, len(records)), max_size=6))
    assert decided(records, cuts, agent)[:2] == whole
    assert decided(records, range(len(records)), agent)[:2] == whole


@given(st.lists(JUNK | damaged(), max_size=8))
def test_junk_is_parked_whole_and_never_ends_the_work(junk: list[Recorded]) -> None:
    """Whatever a body or header holds, the record counts or lies in the dead letters as it came."""
    placed(junk)
    _, _, done = decided(junk)
    letters = [send for one in done for send in one.sends if send.topic == DEAD_LETTERS]
    parked = [reason for one in done for reason in one.parked]
    assert len(letters) == len(parked)
    contents = [(one.key(), one.value()) for one in junk]
    assert all((letter.key, letter.value) in contents for letter in letters)
    for letter in letters:
        origin = dict(letter.headers or ())
        assert origin["hg_reason"].decode() in {*REASONS, *REFUSALS}
        source = junk[int(origin["hg_origin_offset"]) // 2]
        assert list(letter.headers or ())[: len(source.headers() or ())] == list(source.headers() or ())


REFUSALS = {"as-of-in-future", "day-bounds", "no-such-day", "currency-changed", "unknown-account"} | {
    "day-too-old",
    "day-in-future",
    "amount-too-large",
    "not-for-this-agent",
}


@given(st.lists(RECORDS, max_size=15), JUNK)
def test_what_is_parked_changes_no_state(records: list[Recorded], junk: Recorded) -> None:
    """Junk between good records leaves the rows as they are without it."""
    without = decided(placed(records))[0]
    contents = {key: value[8:] for key, value in without.items()}
    with_junk = decided(placed([*records, junk]))[0]
    assert {key: value[8:] for key, value in with_junk.items()} == contents


@given(st.lists(OWN, min_size=1, max_size=10))
def test_an_output_of_ours_that_comes_again_is_dropped(records: list[Recorded]) -> None:
    """From one origin outputs come in the order of their ids, so what is not newer is a repetition."""
    newest, fresh = (-1, -1), []
    for one in records:
        place = (dict(one.headers() or ())["ce_id"] or b"").decode().split(".")[2:]
        if (int(place[0]), int(place[1])) > newest:
            newest = (int(place[0]), int(place[1]))
            fresh.append(one)
    _, _, done = decided(placed(records))
    assert sum(one.repeated for one in done) == len(records) - len(fresh)
    rows = decided(placed(records))[0]
    expected = decided(placed(fresh))[0]
    assert {key: value[8:] for key, value in rows.items()} == {
        key: value[8:] for key, value in expected.items()
    }


@given(st.lists(FACTS, min_size=1, max_size=6), st.lists(FACTS, min_size=1, max_size=6))
def test_a_subject_stands_still_after_junk_until_it_is_released(
    before: list[Fact], after: list[Fact]
) -> None:
    """Where money moves, all that follows an unreadable record is parked until a person lets it go on."""
    broken = Recorded(SUBJECTS[0].encode(), b"{", record(ClockTicked(1)).headers())
    release = SubjectReleased("looked at it")
    records = [
        *map(record, before),
        broken,
        *map(record, after),
        record(release),
        record(ClockTicked(9)),
    ]
    others = [record(ClockTicked(DAY_START_MS), SUBJECTS[1])]
    rows, _, done = decided(placed([*records, *others]), agent=stopping(stops=True))
    parked = [reason for one in done for reason in one.parked]
    assert parked.count("subject-stopped") >= len(after) - len([one for one in parked if one in REFUSALS])
    assert not [key for key in rows if b"stopped" in key]
    alone = decided(placed([*map(record, before), *others]), agent=stopping(stops=True))[0]
    campaigns = {key: value[8:] for key, value in alone.items() if b"c1" in key or b"c2" in key}
    assert {key: value[8:] for key, value in rows.items() if key in campaigns} == campaigns


@given(st.lists(RECORDS, max_size=12))
def test_everything_sent_to_people_can_be_read_and_names_its_cause(records: list[Recorded]) -> None:
    """Outputs have ids that follow from their input, never twice the same, and bodies within the limits."""
    _, _, done = decided(placed(records))
    ids = []
    for one in done:
        for send in one.sends:
            if send.topic != DEAD_LETTERS:
                event = decode(send.headers, send.value)
                assert event.envelope.source == ACCOUNT.source
                assert event.envelope.causation_id
                ids.append(event.envelope.id)
    assert len(ids) == len(set(ids))


def stopping(*, stops: bool) -> Agent:
    """Return the account agent as it is, or as it would be if it moved money."""
    shape = {name: getattr(ACCOUNT, name) for name in ("name", "topic", "table", "rows", "decide", "routes")}
    return Agent(**shape, stops_subjects=stops)
