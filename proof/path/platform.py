"""The simulator as the harness sees it: what it told, what was done to it, and the ways to trouble it."""

from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

import msgspec

TIMEOUT_SECONDS = 20


class SimulatorRefusedError(RuntimeError):
    """The simulator does not do what it was asked."""


class Platform:
    """A client of the admin API."""

    def __init__(self, url: str) -> None:
        self.url = url

    def state(self) -> dict[str, Any]:
        """Return the accounts and how their campaigns stand."""
        return self._ask("GET", "state")

    def reported(self) -> dict[str, Any]:
        """Return the last total that a client got of each cell."""
        return self._ask("GET", "reported")

    def journal(self, after: int = 0) -> list[dict[str, Any]]:
        """Return what was done, from an entry on."""
        entries: list[dict[str, Any]] = self._ask("GET", f"journal?after={after}")["entries"]
        return entries

    def fault(self, **fault: object) -> int:
        """Switch a fault on."""
        number: int = self._ask("POST", "faults", fault)["number"]
        return number

    def faults(self) -> list[dict[str, Any]]:
        """Return which faults are on, and how often each has happened."""
        listed: list[dict[str, Any]] = self._ask("GET", "faults")["faults"]
        return listed

    def no_faults(self) -> None:
        """Switch all faults off."""
        self._ask("DELETE", "faults")

    def edit(self, account: str, campaign: str, **edit: object) -> None:
        """Do what a person does."""
        self._ask("POST", "edit", {"account": account, "campaign": campaign, **edit})

    def restate(self, account: str, days: list[str], permille: int) -> None:
        """Let the platform correct past days."""
        self._ask("POST", "restate", {"account": account, "days": days, "permille": permille})

    def runaway(self, account: str, campaign: str, factor_permille: int) -> None:
        """Let a campaign lose its measure."""
        body = {"account": account, "campaign": campaign, "factor_permille": factor_permille}
        self._ask("POST", "runaway", body)

    def freeze(self) -> None:
        """Let nothing be spent from now on."""
        self._ask("POST", "freeze", {})

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=TIMEOUT_SECONDS)
        try:
            sent = None if body is None else msgspec.json.encode(body)
            connection.request(method, f"/admin/{path}", sent)
            answer = connection.getresponse()
            told: dict[str, Any] = msgspec.json.decode(answer.read())
        except (OSError, HTTPException, msgspec.DecodeError) as error:
            raise SimulatorRefusedError(f"{method} {path}: {error}") from error
        finally:
            connection.close()
        if "error" in told:
            raise SimulatorRefusedError(f"{method} {path}: {told['error']}")
        return told
