from infra.health import Health


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        """Tell the time."""
        return self.ms


def make(lag_records_max: int | None = None) -> tuple[Health, Hands]:
    """Make a worker's health with a loop under watch."""
    hands = Hands()
    health = Health("worker-0", no_commit_ms_max=60_000, lag_records_max=lag_records_max, clock_ms=hands)
    health.watch("rounds", stuck_after_ms=10_000)
    return health, hands


def test_a_loop_that_comes_round_is_alive() -> None:
    """Beats keep a role alive, work or not."""
    health, hands = make()
    for _ in range(5):
        hands.ms += 9_000
        health.beat("rounds")
    assert health.liveness().ok
    assert health.readiness().ok


def test_a_stuck_loop_is_not_alive_and_says_for_how_long() -> None:
    """A consumer that hangs is found by its silence."""
    health, hands = make()
    hands.ms = 10_001
    verdict = health.liveness()
    assert not verdict.ok
    assert verdict.reasons == ("rounds has not come round for 10001 ms (limit 10000)",)
    assert not health.readiness().ok


def test_a_pause_is_alive_but_not_ready() -> None:
    """A worker that waits for Kafka must not be restarted for it."""
    health, hands = make()
    health.pause("rounds", "Kafka is away")
    hands.ms = 100_000
    assert health.liveness().ok
    assert health.readiness().reasons == ("rounds rests: Kafka is away",)
    health.beat("rounds")
    assert health.readiness().ok


def test_partitions_that_are_not_restored_make_it_not_ready() -> None:
    """Readiness waits for the state."""
    health, _ = make()
    health.partitions(assigned=4, restored=3)
    assert health.readiness().reasons == ("3 of 4 partitions are restored",)
    assert health.liveness().ok
    health.partitions(assigned=4, restored=4)
    assert health.readiness().ok


def test_lag_without_a_commit_is_a_stuck_consumer_though_the_loop_turns() -> None:
    """A consumer whose fetching froze polls on and gets nothing."""
    health, hands = make()
    health.partitions(assigned=1, restored=1)
    health.lag(5)
    health.committed()
    hands.ms = 60_001
    health.beat("rounds")
    assert health.liveness().reasons == (
        "5 records wait and nothing was committed for 60001 ms (limit 60000)",
    )
    health.committed()
    assert health.liveness().ok


def test_silence_without_lag_is_no_trouble() -> None:
    """A quiet night has no commits."""
    health, hands = make()
    health.partitions(assigned=1, restored=1)
    health.committed()
    health.lag(0)
    hands.ms = 1_000_000
    health.beat("rounds")
    assert health.liveness().ok


def test_lag_that_came_after_a_quiet_night_counts_from_its_coming() -> None:
    """The age of the last commit alone says nothing."""
    health, hands = make()
    health.partitions(assigned=1, restored=1)
    health.committed()
    hands.ms = 1_000_000
    health.lag(3)
    health.beat("rounds")
    assert health.liveness().ok


def test_lag_during_a_restore_is_not_held_against_it() -> None:
    """Nothing can be committed before the state is there."""
    health, hands = make()
    health.partitions(assigned=2, restored=1)
    health.lag(3)
    hands.ms = 70_000
    health.beat("rounds")
    assert health.liveness().ok


def test_lag_of_partitions_that_went_away_is_forgotten() -> None:
    """Another process has them now."""
    health, hands = make()
    health.partitions(assigned=1, restored=1)
    health.lag(3)
    health.partitions(assigned=0, restored=0)
    hands.ms = 70_000
    health.beat("rounds")
    assert health.liveness().ok


def test_too_much_lag_makes_it_not_ready() -> None:
    """A role far behind should not be counted on."""
    health, _ = make(lag_records_max=100)
    health.partitions(assigned=1, restored=1)
    health.lag(101)
    assert health.readiness().reasons == ("101 records behind (limit 100)",)


def test_a_condition_holds_until_it_is_cleared() -> None:
    """A role may know of trouble of its own."""
    health, _ = make()
    health.condition("delivery", "8 partitions got no tick lately")
    assert health.readiness().reasons == ("delivery: 8 partitions got no tick lately",)
    health.condition("delivery", None)
    assert health.readiness().ok
