"""A world that goes on: its time, its journal, and the one way in for whatever is done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simulator.world import Entry

if TYPE_CHECKING:
    from simulator.journal import Journal
    from simulator.world import What, Who, World


class Time(Protocol):
    """Which time it is."""

    def now_ms(self) -> int:
        """Return which time it is."""
        ...


class Refused(Exception):  # noqa: N818 - named after what happened
    """That cannot be done to this world; the text says why."""


class RunningWorld:
    """A world, its time and its journal: everything is written down first and happens then."""

    def __init__(self, world: World, time: Time, journal: Journal) -> None:
        self.world = world
        self.journal = journal
        self._time = time
        self._newest_ms = 0
        for entry in journal.entries:
            world.apply(entry)
            self._newest_ms = entry.at_ms

    def now_ms(self) -> int:
        """Return which time it is; it never goes back here, whatever the clock does."""
        self._newest_ms = max(self._newest_ms, self._time.now_ms())
        return self._newest_ms

    def change(
        self,
        who: Who,
        what: What,
        account: str,
        campaign: str,
        after: int | str | None,
        *,
        request_id: str = "",
    ) -> Entry:
        """Do something to a campaign."""
        before = self._before(what, account, campaign)
        if what == "move":
            self._check_move(account, campaign, after)
        return self._happen(
            who=who,
            what=what,
            account=account,
            campaign=campaign,
            before=before,
            after=after,
            has_effect=before != after,
            request_id=request_id,
        )

    def restate(self, account: str, campaign: str, days: tuple[str, ...], permille: int) -> Entry:
        """Let the platform say from now on that so many thousandths were spent on past days."""
        if account not in self.world.accounts:
            raise Refused(f"there is no account {account}")
        return self._happen(
            who="world", what="restate", account=account, campaign=campaign, days=days, after=permille
        )

    def freeze(self) -> Entry:
        """Let nothing be spent from now on."""
        if self.world.frozen_ms is not None:
            raise Refused(f"the world stands still since {self.world.frozen_ms} ms")
        return self._happen(who="world", what="freeze")

    def _happen(self, **facts: object) -> Entry:
        entry = Entry(number=len(self.journal.entries) + 1, at_ms=self.now_ms(), **facts)  # type: ignore[arg-type] # callers name the fields
        self.journal.append(entry)
        if entry.has_effect:
            self.world.apply(entry)
        return entry

    def _before(self, what: What, account: str, campaign: str) -> int | str | None:
        standing = self.world.standing(account, campaign)
        if standing is None:
            raise Refused(f"there is no campaign {campaign} in account {account}")
        if standing.status == "removed":
            raise Refused(f"campaign {campaign} was deleted")
        match what:
            case "status":
                return standing.status
            case "budget":
                return standing.budget_micros
            case "name":
                return standing.name
            case "runaway":
                return standing.factor_permille
            case _:
                return account

    def _check_move(self, account: str, campaign: str, there: int | str | None) -> None:
        if there not in self.world.accounts:
            raise Refused(f"there is no account {there} for campaign {campaign} of account {account}")
