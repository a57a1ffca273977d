import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import RateLimited
from connectors.quota import DAY_MS, MINUTE_MS, READ_WAIT_MS_MAX, SECOND_MS, WRITE_WAIT_MS_MAX, Limits, Quota
from tests.simulator_kit import HandTime

PENALTY_MS = 300_000
LIMITS = Limits(3, 10, 25, PENALTY_MS)


def quota(time: HandTime, limits: Limits = LIMITS) -> Quota:
    """Return a quota by a time of ours."""
    return Quota("tiktok", limits, time)


def take_many(calls: int, waits: list[int], limits: Limits = LIMITS) -> list[int]:
    """Return when each call got its turn, with pauses in between; one that is refused is left out."""
    time, turns = HandTime(), list[int]()
    keeper = quota(time, limits)

    async def run() -> None:
        for number in range(calls):
            time.at_ms += waits[number % len(waits)] if waits else 0
            try:
                turns.append(await keeper.take(READ_WAIT_MS_MAX))
            except RateLimited as limited:
                time.at_ms = limited.retry_at_ms

    asyncio.run(run())
    return turns


@given(st.integers(1, 80), st.lists(st.integers(0, 4_000), max_size=5))
def test_no_stretch_of_time_sees_more_calls_than_its_window_allows(calls: int, waits: list[int]) -> None:
    """Wherever the platform's second, minute or day begins, it sees no more than it allows."""
    turns = take_many(calls, waits)
    for length_ms, allowed in ((SECOND_MS, 3), (MINUTE_MS, 10)):
        assert all(later - first >= length_ms for first, later in zip(turns, turns[allowed:], strict=False))
    for day in {turn // DAY_MS for turn in turns}:
        assert sum(turn // DAY_MS == day for turn in turns) <= 25


def test_calls_get_their_turn_in_the_order_in_which_they_asked() -> None:
    """Nobody starves."""
    time = HandTime()
    keeper = quota(time)

    async def run() -> list[int]:
        return list(await asyncio.gather(*(keeper.take(READ_WAIT_MS_MAX) for _ in range(9))))

    turns = asyncio.run(run())
    assert all(first <= second for first, second in pairwise(turns))
    assert turns[-1] - turns[0] >= 2 * SECOND_MS


def test_a_write_is_not_made_long_after_it_was_decided() -> None:
    """The lease under which it was decided ends; it comes back later and looks again."""
    time = HandTime()
    keeper = quota(time)

    async def run() -> None:
        for _ in range(10):
            await keeper.take(READ_WAIT_MS_MAX)
        with pytest.raises(RateLimited) as limited:
            await keeper.take(WRITE_WAIT_MS_MAX)
        assert limited.value.scope == "minute"
        assert limited.value.retry_at_ms - time.now_ms() > WRITE_WAIT_MS_MAX

    asyncio.run(run())


def test_a_day_that_is_used_up_is_told_at_once_with_its_end_at_midnight_utc() -> None:
    """A read does not hang for hours."""
    time = HandTime(5 * DAY_MS + 1)
    keeper = quota(time)

    async def run() -> None:
        for _ in range(25):
            await keeper.take(READ_WAIT_MS_MAX)
        with pytest.raises(RateLimited) as limited:
            await keeper.take(READ_WAIT_MS_MAX)
        assert (limited.value.scope, limited.value.retry_at_ms) == ("day", 6 * DAY_MS)
        time.at_ms = 6 * DAY_MS
        assert await keeper.take(0) == 6 * DAY_MS

    asyncio.run(run())


@pytest.mark.parametrize(
    ("calls", "scope", "after_ms"),
    [(1, "second", 1), (3, "second", 1), (10, "minute", PENALTY_MS), (25, "day", None)],
)
def test_a_refusal_is_read_by_the_window_of_ours_that_is_full(
    calls: int, scope: str, after_ms: int | None
) -> None:
    """The platform does not say which of its windows was full."""
    time = HandTime(5 * DAY_MS + 999)
    keeper = quota(time)

    async def run() -> None:
        sent_ms = 0
        for _ in range(calls):
            sent_ms = await keeper.take(READ_WAIT_MS_MAX)
        now_ms = time.now_ms()
        limited = keeper.refused(sent_ms)
        assert limited.scope == scope
        assert limited.retry_at_ms == (6 * DAY_MS if after_ms is None else now_ms + after_ms)

    asyncio.run(run())


def test_refusals_that_go_on_are_waited_out_longer_and_a_success_ends_that() -> None:
    """Others may use the same app, of whose calls we know nothing."""
    time = HandTime(5 * DAY_MS)
    keeper = quota(time)

    async def refuse_one() -> RateLimited:
        limited = keeper.refused(await keeper.take(READ_WAIT_MS_MAX))
        time.at_ms = limited.retry_at_ms
        return limited

    async def run() -> list[str]:
        scopes = [(await refuse_one()).scope for _ in range(3)]
        keeper.accepted(await keeper.take(READ_WAIT_MS_MAX))
        return [*scopes, (await refuse_one()).scope]

    assert asyncio.run(run()) == ["second", "minute", "minute", "second"]


def test_who_would_have_to_wait_long_after_a_refusal_is_told_at_once() -> None:
    """With the same moment and the same reason as the one who was refused."""
    time = HandTime(5 * DAY_MS)
    keeper = quota(time, Limits(100, 1, 100, PENALTY_MS))

    async def run() -> None:
        refused = keeper.refused(await keeper.take(READ_WAIT_MS_MAX))
        with pytest.raises(RateLimited) as limited:
            await keeper.take(READ_WAIT_MS_MAX)
        assert (limited.value.retry_at_ms, limited.value.scope) == (refused.retry_at_ms, "minute")
        assert limited.value.retry_at_ms == 5 * DAY_MS + PENALTY_MS
        assert time.now_ms() == 5 * DAY_MS

    asyncio.run(run())


def test_calls_that_were_refused_together_count_as_one_refusal() -> None:
    """Three at once that meet a full second do not make it a full minute."""
    time = HandTime(5 * DAY_MS)
    keeper = quota(time)

    async def run() -> set[tuple[int, str]]:
        sent = [await keeper.take(READ_WAIT_MS_MAX) for _ in range(3)]
        time.at_ms += 5
        first = keeper.refused(sent[0])
        rest = [keeper.refused(ms) for ms in sent[1:]]
        return {(limited.retry_at_ms, limited.scope) for limited in [first, *rest]}

    assert asyncio.run(run()) == {(5 * DAY_MS + SECOND_MS, "second")}


class WaitedFor(HandTime):
    """A time in which sleepers wake up when it was moved far enough."""

    async def sleep(self, duration_ms: int) -> None:
        """Wait until the test has moved the time."""
        until_ms = self.at_ms + duration_ms
        while self.at_ms < until_ms:  # noqa: ASYNC110 - the test moves the time between steps of the loop
            await asyncio.sleep(0)


def test_nobody_calls_before_the_refusal_is_over_also_who_waits_already() -> None:
    """One is refused, all wait."""
    time = WaitedFor(5 * DAY_MS)
    keeper = quota(time)

    async def run() -> None:
        sent_ms = await keeper.take(READ_WAIT_MS_MAX)
        for _ in range(2):
            await keeper.take(READ_WAIT_MS_MAX)
        waiting = asyncio.create_task(keeper.take(READ_WAIT_MS_MAX))
        await asyncio.sleep(0)
        time.at_ms += SECOND_MS
        refused = keeper.refused(sent_ms)
        assert refused.retry_at_ms == 5 * DAY_MS + 2 * SECOND_MS
        await asyncio.sleep(0)
        assert not waiting.done()
        time.at_ms = refused.retry_at_ms
        assert await waiting == refused.retry_at_ms

    asyncio.run(run())


def test_a_time_that_is_set_back_does_not_hold_up_calls() -> None:
    """What was counted by the other time says nothing any more."""
    time = HandTime(5 * DAY_MS)
    keeper = quota(time)

    async def run() -> None:
        for _ in range(25):
            await keeper.take(READ_WAIT_MS_MAX)
        time.at_ms -= 3 * DAY_MS
        assert await keeper.take(0) == time.now_ms()

    asyncio.run(run())


def test_shares_of_a_quota_are_never_nothing_and_never_more_than_all() -> None:
    """Several processes use one token."""
    assert LIMITS.share(80) == Limits(2, 8, 20, PENALTY_MS)
    assert LIMITS.share(1) == Limits(1, 1, 1, PENALTY_MS)
    assert LIMITS.share(100) == LIMITS
