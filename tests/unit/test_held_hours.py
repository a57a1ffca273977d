from domain.guard.holding import held_bits, hours_between
from domain.guard.rows import GuardRow
from tests.guard_kit import BUDGET, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, paused, running, steered


def test_the_hours_of_a_pause_of_ours_are_noted_when_it_ends() -> None:
    """From noon to half past two: three hours in which it was not free to spend."""
    account = paused()
    account.tick(START_MS + 14 * HOUR_MS + 30 * MINUTE_MS)
    account.spend(20_000_000)
    account.applied(account.commands[-1])
    assert account.row.closed_hours == 0b111 << 12
    assert account.guard.since_ms == 0


def test_the_hours_of_a_persons_pause_are_noted_too() -> None:
    """Whoever paused it, what it would have spent nobody knows."""
    account = running()
    account.spend(40_000_000)
    account.tick(START_MS + 13 * HOUR_MS)
    account.listed("paused")
    account.tick(START_MS + 15 * HOUR_MS - MINUTE_MS)
    account.listed("enabled")
    assert account.row.closed_hours == 0b11 << 13


def test_a_pause_that_holds_over_midnight_counts_on_both_days() -> None:
    """The day that is put away gets its hours to the end, and the next one from its start."""
    row = paused().row
    guard = GuardRow(status="paused", since_ms=START_MS + 22 * HOUR_MS)
    assert held_bits(guard, row, START_MS + 2 * DAY_MS) == 0b11 << 22
    next_day = hours_between(row, START_MS - HOUR_MS, START_MS + HOUR_MS + 1)
    assert next_day == 0b11
    assert held_bits(GuardRow(), row, START_MS + DAY_MS) == 0
    assert held_bits(None, row, START_MS + DAY_MS) == 0


def test_a_budget_of_ours_that_a_command_finds_is_nobodys_edit() -> None:
    """The pause comes to the platform before we hear that our own budget is in force there."""
    account = steered(hour=1)
    while not account.budgets:
        account.tick(account.now_ms + HOUR_MS)
        account.spend(0, (account.now_ms - START_MS) // HOUR_MS)
    account.spend(120_000_000, 1)
    ours = account.budgets[-1].to_micros
    account.superseded(
        account.commands[-1], reason="foreign-edit", found_status="enabled", found_budget_micros=ours
    )
    assert account.edits == []
    assert (account.row.budget_micros, account.row.target_micros) == (ours, BUDGET)
