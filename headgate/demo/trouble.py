"""What goes wrong on the way: pages twice, late or restated, pushes repeated, what nobody can read."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from events.types import PolicySet, SpendRecorded
from events.types.spend import SpendRecordedV1
from headgate.demo import world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headgate.demo.script import Record, Script, Sweep
    from headgate.demo.world import Account

TWICE_PERMILLE, LATE_PERMILLE = 30, 30
PUSHES_A_SWEEP, PUSHED_AGAIN_PERMILLE = 6, 300
RESTATED_CAMPAIGNS_MAX = 5
FAR_AHEAD_MS = 3 * world.HOUR_MS


class Trouble:
    """Takes a script's sweeps and gives them as they arrive in practice."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._chance = random.Random(script.plan.seed + 1)  # noqa: S311 - a day to be repeated, no secret
        self._late: list[Record] = []
        self._pushes = 0
        # Each kind once, spread over the day.
        self._unreadable: dict[int, Callable[[Account, int], Record]] = {
            script.plan.sweeps * tenths // 10: make
            for tenths, make in (
                (2, self._cut_off),
                (3, self._of_unknown_type),
                (5, self._of_negative_spend),
                (6, self._from_the_future),
                (8, self._without_envelope),
            )
        }

    def sweeps(self) -> Iterator[Sweep]:
        """Return the day with its troubles; the last sweep holds back nothing."""
        for number, sweep in enumerate(self._script.sweeps(), 1):
            # The first sweep tells of the hours before it, and without them every pace would look slow.
            may_wait = 1 < number < self._script.plan.sweeps
            records = [*self._arriving(sweep, may_wait=may_wait)]
            account = self._chance.choice(self._script.accounts)
            records.append(self._restated(account, sweep.now_ms))
            records += self._pushed(sweep.now_ms)
            if make := self._unreadable.get(number):
                records.append(make(account, sweep.now_ms))
            if number == self._script.plan.sweeps // 3:
                records.append(self._script.record(account, sweep.now_ms, _POLICY))
            yield replace(sweep, records=records)

    def _arriving(self, sweep: Sweep, *, may_wait: bool) -> Iterator[Record]:
        late, self._late = self._late, []
        for record in sweep.records:
            roll = self._chance.randrange(1_000)
            if record.partition is None and roll < LATE_PERMILLE and may_wait:
                self._late.append(record)
                continue
            yield record
            if record.partition is None and roll >= 1_000 - TWICE_PERMILLE:
                yield record
        # Behind the newer pages of their accounts.
        yield from late

    def _restated(self, account: Account, now_ms: int) -> Record:
        """Say of an hour that is over something else than before."""
        chance = self._chance
        day_start_ms = account.day_start_ms(now_ms - chance.randrange(world.DAY_MS // 2))
        hour = chance.randrange(
            max(1, (min(now_ms, day_start_ms + world.DAY_MS) - day_start_ms) // world.HOUR_MS)
        )
        hour_start_ms = day_start_ms + hour * world.HOUR_MS
        some = chance.sample(account.campaigns, min(RESTATED_CAMPAIGNS_MAX, len(account.campaigns)))
        factor = chance.randrange(900, 1_050)
        lines = [
            world.observation(
                one, hour, world.spent_micros(one, hour_start_ms, hour, now_ms) * factor // 1_000
            )
            for one in some
        ]
        page = self._script.page(account, day_start_ms, now_ms, lines)
        return self._script.record(account, now_ms, page, len(lines))

    def _pushed(self, now_ms: int) -> Iterator[Record]:
        """Push increments, some of them twice, some in the form of before."""
        for _ in range(PUSHES_A_SWEEP):
            self._pushes += 1
            account = self._chance.choice(self._script.accounts)
            name, name_of = f"tx-{self._pushes}", self._chance.choice(account.campaigns).name
            day, micros = account.day(account.day_start_ms(now_ms)), self._chance.randrange(10**5, 10**7)
            fact = (
                SpendRecordedV1(name, name_of, day, micros)
                if account.currency == "USD" and self._pushes % 2
                else SpendRecorded(name, name_of, day, micros, account.currency)
            )
            for _time in range(2 if self._chance.randrange(1_000) < PUSHED_AGAIN_PERMILLE else 1):
                yield self._script.record(account, now_ms, fact)

    # ---- what has to be parked, each under its reason
    def _page(self, account: Account, now_ms: int, *, as_of_ms: int, reason: str) -> Record:
        day_start_ms = account.day_start_ms(now_ms)
        lines = [world.observation(one, 0, world.UNIT_MICROS) for one in account.campaigns[:20]]
        page = self._script.page(account, day_start_ms, as_of_ms, lines)
        return self._script.record(account, now_ms, page, len(lines), unreadable=reason)

    def _cut_off(self, account: Account, now_ms: int) -> Record:
        record = self._page(account, now_ms, as_of_ms=now_ms, reason="not-json")
        return replace(record, body=record.body[: len(record.body) // 2])

    def _of_unknown_type(self, account: Account, now_ms: int) -> Record:
        record = self._page(account, now_ms, as_of_ms=now_ms, reason="unknown-type")
        kept = [(name, value) for name, value in record.headers if name not in {"ce_type", "ce_dataschema"}]
        return replace(record, headers=[*kept, ("ce_type", b"spend.guessed")])

    def _of_negative_spend(self, account: Account, now_ms: int) -> Record:
        record = self._page(account, now_ms, as_of_ms=now_ms, reason="invalid-body")
        return replace(record, body=record.body.replace(b'"spend_micros":', b'"spend_micros":-'))

    def _from_the_future(self, account: Account, now_ms: int) -> Record:
        return self._page(account, now_ms, as_of_ms=now_ms + FAR_AHEAD_MS, reason="as-of-in-future")

    def _without_envelope(self, account: Account, now_ms: int) -> Record:
        record = self._page(account, now_ms, as_of_ms=now_ms, reason="no-envelope")
        return replace(record, headers=[])


_POLICY = PolicySet(
    policy_version=1,
    pace_warning_permille=1_300,
    pace_critical_permille=1_800,
    pace_under_permille=600,
    pace_hysteresis_permille=50,
)
