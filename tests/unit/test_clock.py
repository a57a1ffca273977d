from events import codec, topics
from headgate.context import world_time
from headgate.roles.clock import aligned, tick, ticked_topics
from infra.settings import Settings
from infra.world_time import wall_ms

MINUTE_MS = 60_000


def test_the_same_moment_has_the_same_id_from_every_clock() -> None:
    """Two clocks at once are harmless: their ticks are one."""
    first, second = tick(3, 1_700_000_040_000), tick(3, 1_700_000_040_000)
    assert first == second
    assert first.envelope.id == "clock.3.1700000040000"


def test_ticks_are_aligned_to_full_minutes() -> None:
    """A clock started in the middle of a minute names the same moments as any other."""
    assert aligned(1_700_000_040_000, MINUTE_MS) == 1_700_000_040_000
    assert aligned(1_700_000_099_999, MINUTE_MS) == 1_700_000_040_000


def test_a_tick_can_be_read_again() -> None:
    """What the clock writes is what the deciders read."""
    event = tick(0, 1_700_000_040_000)
    assert event.envelope.time == "2023-11-14T22:14:00Z"
    headers, body = codec.encode(event)
    assert codec.decode(list(headers), body) == event


def test_the_clock_writes_to_the_topics_that_carry_ticks() -> None:
    """The catalogue decides where the time goes."""
    assert ticked_topics(topics.load()) == ["account-facts", "client-facts"]


def test_every_role_computes_the_same_time_from_the_settings() -> None:
    """A day that runs faster than ours began for all roles at the same moment."""
    now_ms = wall_ms()
    fast = Settings.model_validate({"time": {"speed": 480, "anchor_ms": now_ms - 1_000, "origin_ms": 0}})
    first, second = world_time(fast), world_time(fast)
    assert first == second
    assert first.now_ms() >= 480_000
    assert abs(world_time(Settings()).now_ms() - now_ms) < 60_000
