"""What was done to a world, as its journal keeps it."""

from typing import Literal

from msgspec import Struct

Who = Literal["api", "person", "world"]
What = Literal["status", "budget", "name", "move", "runaway", "restate", "freeze"]


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing done; `has_effect` is false where everything was so before."""

    number: int
    at_ms: int
    who: Who
    what: What
    account: str = ""
    campaign: str = ""
    days: tuple[str, ...] = ()
    before: int | str | None = None
    after: int | str | None = None
    has_effect: bool = True
    request_id: str = ""
