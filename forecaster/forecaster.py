"""The loop of the role: reads what was spent, and now and then has it learned from, beside the reading."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from events import codec
from events.errors import Unreadable
from forecaster import apart
from forecaster import panel as layout
from forecaster.days import day_after
from forecaster.ledger import DAYS_KEPT, Ledger
from forecaster.levels import LOG_QUANTILES
from forecaster.log import Log, Writer
from forecaster.model import Parameters
from forecaster.pages import About, Made, records
from forecaster.proving import Proof
from infra import logs, metrics
from infra.errors import HeadgateError
from infra.health import monotonic_ms
from infra.world_time import wall_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forecaster.apart import Answer
    from forecaster.days import Day
    from forecaster.ledger import Account
    from forecaster.model import Model
    from infra.health import Health

LOOP: Final = "forecaster"
STUCK_AFTER_MS: Final = 60_000
READ_SECONDS: Final = 0.5
DAY_MS: Final = 86_400_000
# Full learning needs a week; below it the always-on model of the deciders is enough.
HOURS_MIN: Final = 168
# How long after a failure, or after a first attempt, it is tried again.
REST_MS: Final = 900_000
# So many times as long as the last forecast took is rested after it.
REST_SHARE: Final = 4
SILENT_MS: Final = DAYS_KEPT * DAY_MS
_log = logs.get(__name__)


class Time(Protocol):
    """What the forecaster asks which time it is."""

    def now_ms(self) -> int:
        """Return which time it is."""
        ...


class Terms(NamedTuple):
    """What the settings say."""

    topic: str = "account-facts"
    every_ms: int = 21_600_000
    campaigns_max: int = 20_000
    rounds: int = 120


class _Due(NamedTuple):
    """An account whose day has begun, or whose yesterday has become whole, since it was forecast."""

    subject: str
    account: Account
    day: Day
    mark: tuple[str, bool]


class _Job(NamedTuple):
    """A forecast under way."""

    learns: bool
    about: list[About]
    day_of: dict[str, str]
    panel: layout.Panel
    marks: dict[str, tuple[str, bool]]
    begun_ms: int

    @property
    def kind(self) -> str:
        """Return how metrics name it."""
        return "training" if self.learns else "forecast"


class Forecaster:
    """Publishes forecasts until it is stopped; what it makes depends on the log alone."""

    def __init__(self, conf: Mapping[str, Any], terms: Terms, time: Time, health: Health) -> None:
        self._terms, self._time, self._health = terms, time, health
        self._log = Log(conf, terms.topic)
        self._writer = Writer(conf, terms.topic)
        self._ledger = Ledger(terms.campaigns_max)
        self._proof = Proof()
        # A plain flag: setting an Event in a signal handler can block on the very wait it interrupts.
        self._stopping = False
        self._model: Model | None = None
        self._trained_ms = 0
        self._not_before_ms = self._rested_ms = 0
        self._marks: dict[str, tuple[str, bool]] = {}
        self._work: tuple[_Job, Future[tuple[Answer, int]]] | None = None

    def stop(self) -> None:
        """Make `run` return; may be called from a signal handler or another thread."""
        self._stopping = True

    def run(self, on_ready: Callable[[], None]) -> None:
        """Read and forecast until `stop` is called."""
        self._health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
        with ThreadPoolExecutor(1, thread_name_prefix="learning") as threads:
            try:
                # Records carry our time or the world's, whichever is earlier leaves nothing out.
                self._log.start(max(0, min(wall_ms(), self._time.now_ms()) - DAYS_KEPT * DAY_MS))
                on_ready()
                while not self._stopping:
                    self._health.beat(LOOP)
                    self._read()
                    self._collect()
                    if self._work is None and self._log.at_end:
                        self._consider(threads)
            finally:
                self._stopping = True
                self._log.close()

    def _read(self) -> None:
        now_ms = self._time.now_ms()
        for found in self._log.read(READ_SECONDS):
            try:
                event = codec.decode(found.headers, found.value)
            except Unreadable:
                continue  # the account agent parks it, whole
            self._ledger.take(event, now_ms)

    def _consider(self, threads: ThreadPoolExecutor) -> None:
        now_ms = self._time.now_ms()
        if now_ms < self._not_before_ms or monotonic_ms() < self._rested_ms:
            return
        self._ledger.forget_silent(now_ms, SILENT_MS)
        learns = self._model is None or now_ms - self._trained_ms >= self._terms.every_ms
        all_of_them = self._accounts(now_ms)
        due = (
            all_of_them
            if learns
            else [one for one in all_of_them if self._marks.get(one.subject) != one.mark]
        )
        if not due:
            return
        self._not_before_ms = now_ms + REST_MS
        self._prove()
        panel = layout.panel((one.subject, one.account, one.day) for one in due)
        if not len(panel.values) or (learns and layout.known_hours(panel.values) < HOURS_MIN):
            return
        job = _Job(
            learns,
            [about for one in due for about in _about(one)],
            {one.subject: one.day.name for one in due},
            panel,
            {one.subject: one.mark for one in due},
            now_ms,
        )
        self._work = job, threads.submit(self._do, job, self._made_between(due))

    def _accounts(self, now_ms: int) -> list[_Due]:
        found = []
        for subject, account in sorted(self._ledger.accounts.items()):
            day = layout.today(account, now_ms)
            if day is not None:
                mark = (day.name, account.told_until_ms >= day.start_ms)
                found.append(_Due(subject, account, day, mark))
        return found

    def _made_between(self, due: list[_Due]) -> tuple[str, str]:
        """Return the first and the last day that were looked at."""
        days = [name for one in due for name in one.account.days if name < one.day.name]
        return min(days, default=due[0].day.name), max(days, default=due[0].day.name)

    def _do(self, job: _Job, between: tuple[str, str]) -> tuple[Answer, int]:
        """Learn, forecast and publish; in a thread, while the log is read on."""
        begun_ms = monotonic_ms()
        given = None if job.learns else self._model
        parameters = Parameters(LOG_QUANTILES, layout.HORIZON, rounds=self._terms.rounds)
        answer = apart.run(apart.Asked(parameters, given), job.panel.values, stopped=lambda: self._stopping)
        made = Made(answer.model.name, *between, job.begun_ms)
        pages = self._writer.write(records(made, job.about, job.panel.rows, answer.forecast))
        took_ms = monotonic_ms() - begun_ms
        metrics.FORECAST_SECONDS.labels(job.kind).observe(took_ms / 1000)
        # In a world whose days are short, too, the cores are others' most of the time.
        self._rested_ms = monotonic_ms() + took_ms * REST_SHARE
        return answer, pages

    def _collect(self) -> None:
        if self._work is None or not self._work[1].done():
            return
        job, future = self._work
        self._work = None
        try:
            answer, pages = future.result()
        except HeadgateError as error:
            metrics.FORECASTS.labels(job.kind, "failed").inc()
            self._health.condition("learning", error.what)
            _log.error("forecaster.failed", what=error.what, next_step=error.next_step)
            return
        now_ms = self._time.now_ms()
        self._health.condition("learning", None)
        self._marks.update(job.marks)
        self._model = answer.model
        if job.learns:
            self._trained_ms = job.begun_ms
        self._proof.remember(job.day_of, job.panel.rows, answer.forecast[:, : layout.DAY_HOURS])
        metrics.FORECASTS.labels(job.kind, "made").inc()
        metrics.FORECAST_LAST.set(now_ms // 1_000)
        _log.info(
            "forecaster.made",
            kind=job.kind,
            campaigns=len(job.panel.rows),
            pages=pages,
            model=answer.model.name,
        )

    def _prove(self) -> None:
        found = self._proof.settle(self._ledger.accounts)
        for band, permille in (found or {}).items():
            metrics.FORECAST_COVERAGE.labels(band).set(permille / 1000)


def _about(due: _Due) -> list[About]:
    tomorrow = day_after(due.day, due.account.zone)
    return [
        About(due.subject, due.account.currency, due.account.zone, day, offset)
        for offset, day in enumerate((due.day, tomorrow))
    ]
