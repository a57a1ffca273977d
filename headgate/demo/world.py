"""The simulated world as the demo handles it: makes trouble through its admin API, and asks what is so."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from infra.errors import CallAPerson
from simulator.world import day_at

if TYPE_CHECKING:
    from headgate.demo.proof import Micros
    from infra.world_time import WorldTime

ANSWER_TIMEOUT_SECONDS = 30
# TikTok's number for too many requests, and where it takes a campaign's status.
RATE_LIMITED = 40_100
STATUS_ENDPOINT = "campaign/status/update/"


@dataclass(frozen=True, slots=True)
class Write:
    """A change of a campaign that was done on the platform."""

    subject: str
    campaign: str
    who: str
    what: str
    after: str
    at_ms: int
    keep_off_until_ms: int
    """When the account's day ends in which it was done."""


class World:
    """The simulator at an address."""

    def __init__(self, url: str, time: WorldTime) -> None:
        self._host, self._time = urlsplit(url).netloc, time
        self._zones: dict[str, str] = {}
        self._subjects: dict[str, str] = {}
        self._currencies: dict[str, str] = {}

    def now_ms(self) -> int:
        """Return which time it is in it."""
        return self._time.now_ms()

    def learn(self) -> None:
        """Ask which accounts there are."""
        for account in self._ask("GET", "state")["accounts"]:
            subject, number = account["subject"], account["account"]
            self._subjects[number], self._zones[number] = subject, account["time_zone"]
            self._currencies[subject] = account["currency"]

    def currencies(self) -> dict[str, str]:
        """Return the currency of each account, by its subject."""
        return dict(self._currencies)

    def clients(self) -> list[str]:
        """Return whose accounts they are."""
        return sorted({subject.partition("/")[0] for subject in self._currencies})

    def lag_ms(self) -> int:
        """Return how far what the platform says is behind what is so."""
        lag_ms: int = self._ask("GET", "state")["terms"]["lag_ms"]
        return lag_ms

    # ---- trouble
    def runaway(self, subject: str, campaign: str, *, times: int) -> None:
        """Let a campaign spend so many times as fast."""
        self._do("runaway", account=_number(subject), campaign=campaign, factor_permille=times * 1_000)

    def rate_limit(self, subject: str, *, for_ms: int) -> None:
        """Let the platform refuse an account's requests for a while."""
        now_ms = self.now_ms()
        self._do(
            "faults",
            kind="code",
            code=RATE_LIMITED,
            account=_number(subject),
            from_ms=now_ms,
            until_ms=now_ms + for_ms,
        )

    def lose_answer(self, subject: str) -> None:
        """Let the answer to an account's next change of a status be lost, after it took effect."""
        self._do("faults", kind="lost", account=_number(subject), endpoint=STATUS_ENDPOINT, count=1)

    def restate(self, subject: str, day: str, *, permille: int) -> None:
        """Let the platform correct a day that is over."""
        self._do("restate", account=_number(subject), days=[day], permille=permille)

    def edit(self, subject: str, campaign: str, *, status: str) -> None:
        """Do what a person does on the platform's own pages."""
        self._do("edit", account=_number(subject), campaign=campaign, status=status)

    def freeze(self) -> None:
        """Let nothing be spent from now on."""
        self._do("freeze")

    # ---- what is so
    def reported(self) -> Micros:
        """Return the last total that was answered of each campaign, day and hour."""
        return {
            (cell["subject"], cell["campaign"], cell["day"], cell["hour"]): cell["spend_micros"]
            for cell in self._ask("GET", "reported")["hours"]
        }

    def truth(self) -> Micros:
        """Return what was truly spent, as the platform would tell it now."""
        return {
            (cell["subject"], cell["campaign"], cell["day"], cell["hour"]): cell["told_micros"]
            for cell in self._ask("GET", "truth")["hours"]
        }

    def writes(self) -> list[Write]:
        """Return what we and people have done to campaigns, in order."""
        return [
            Write(
                self._subjects[entry["account"]],
                entry["campaign"],
                entry["who"],
                entry["what"],
                str(entry["after"]),
                entry["at_ms"],
                day_at(self._zones[entry["account"]], entry["at_ms"]).end_ms,
            )
            for entry in self._ask("GET", "journal")["entries"]
            if entry["who"] in {"api", "person"}
        ]

    def _do(self, what: str, **about: Any) -> None:  # noqa: ANN401 - whatever JSON can say
        self._ask("POST", what, msgspec.json.encode(about))

    def _ask(self, method: str, what: str, body: bytes | None = None) -> Any:  # noqa: ANN401 - as decoded
        connection = HTTPConnection(self._host, timeout=ANSWER_TIMEOUT_SECONDS)
        try:
            connection.request(method, f"/admin/{what}", body)
            answer = connection.getresponse()
            told = msgspec.json.decode(answer.read())
        except (OSError, HTTPException, msgspec.MsgspecError) as error:
            raise _lost(what, str(error)) from error
        finally:
            connection.close()
        if answer.status != 200:  # noqa: PLR2004 - HTTP's own number for success
            raise _lost(what, str(told))
        return told


def _number(subject: str) -> str:
    return subject.rpartition("/")[2]


def _lost(what: str, why: str) -> CallAPerson:
    return CallAPerson(
        f"The simulator did not do {what}: {why}.",
        "Run it again with --keep DIR, and read logs/simulator.log there.",
    )
