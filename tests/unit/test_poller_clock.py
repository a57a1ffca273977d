import pytest

from connectors.poller.steady import JUMP_MS, SETTLE_MS, ClockJumped, SteadyClock
from tests.poller_kit import HOUR_MS, NOON_MS, Hands


def clock_of(hands: Hands) -> SteadyClock:
    """Give a clock that is held against the hands' own monotonic one."""
    return SteadyClock(hands, lambda: hands.steady_ms)


def test_stamps_of_an_account_grow_even_within_a_millisecond() -> None:
    """Of two reads the later one wins, also where time runs so fast that both are at once."""
    clock = clock_of(Hands())
    assert [clock.stamp("one").as_of_ms for _ in range(3)] == [NOON_MS, NOON_MS + 1, NOON_MS + 2]
    assert clock.stamp("other").as_of_ms == NOON_MS


@pytest.mark.parametrize("by_ms", [-HOUR_MS, HOUR_MS])
def test_after_a_jump_nothing_is_stamped_until_time_has_run_evenly(by_ms: int) -> None:
    """A clock that was just set, in whatever direction, may be set again."""
    hands = Hands()
    clock = clock_of(hands)
    hands.jump(by_ms)
    with pytest.raises(ClockJumped, match=f"by {HOUR_MS} ms at once"):
        clock.stamp("one")
    hands.go(SETTLE_MS - 1)
    with pytest.raises(ClockJumped):
        clock.stamp("one")
    hands.go(1)
    assert clock.stamp("one").as_of_ms == NOON_MS + by_ms + SETTLE_MS


def test_an_account_waits_until_the_clock_has_passed_its_newest_page_again() -> None:
    """A page of an older moment would lose against it, one of a newer moment would lie."""
    hands = Hands()
    clock = clock_of(hands)
    clock.stamp("one")
    hands.jump(-HOUR_MS)
    with pytest.raises(ClockJumped):
        clock.now_ms()
    hands.go(SETTLE_MS)
    with pytest.raises(ClockJumped, match="set back behind the newest page") as caught:
        clock.stamp("one")
    assert caught.value.our_wait_ms == HOUR_MS - SETTLE_MS
    assert clock.stamp("other").as_of_ms == NOON_MS - HOUR_MS + SETTLE_MS
    hands.go(HOUR_MS)
    assert clock.stamp("one").as_of_ms == NOON_MS + SETTLE_MS


def test_small_corrections_are_everyday() -> None:
    """Clocks are kept right by small steps, and stamps still grow."""
    hands = Hands()
    clock = clock_of(hands)
    first = clock.stamp("one")
    hands.jump(-JUMP_MS)
    assert clock.stamp("one").as_of_ms == first.as_of_ms + 1
    hands.go(HOUR_MS)
    hands.jump(JUMP_MS)
    assert clock.stamp("one").as_of_ms == NOON_MS + HOUR_MS


def test_a_jump_during_a_read_is_seen_at_its_end() -> None:
    """Even if it has settled meanwhile, and whoever noticed it first."""
    hands = Hands()
    clock = clock_of(hands)
    stamp = clock.stamp("one")
    clock.confirm(stamp)
    hands.jump(HOUR_MS)
    with pytest.raises(ClockJumped):
        clock.now_ms()
    hands.go(SETTLE_MS)
    assert clock.now_ms()
    with pytest.raises(ClockJumped, match="during the read"):
        clock.confirm(stamp)


def test_a_wait_in_our_own_time_is_longer_in_a_fast_world() -> None:
    """A clock that has to settle for ten seconds does so in a fast world too."""

    class Fast(Hands):
        def our_seconds(self, duration_ms: int) -> float:
            return duration_ms / 480_000

    assert clock_of(Fast()).from_our_ms(1_000) == 480_000
