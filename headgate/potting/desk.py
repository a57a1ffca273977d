"""Where people's commands meet the chain: the place, the keys, and what goes wrong there, in words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from chain.admin.office import Office
from chain.errors import ChainError, NotConfigured, Rejected, Unknown, WrongChain
from chain.place import find_place
from infra.errors import CallAPerson, FixInput, FixSetup, HeadgateError, WaitAndRetry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chain.place import Place
    from chain.rpc.pool import Pool
    from infra.settings import Settings

T = TypeVar("T")

SENTENCE_END: Final = (".", "!", "?")


@dataclass(frozen=True, slots=True)
class Desk:
    """The chain that the settings mean, and how to work on it."""

    place: Place
    pool: Pool
    office: Office


def at_the_desk(settings: Settings, work: Callable[[Desk], Awaitable[T]]) -> T:
    """Do something on the chain of the settings; what goes wrong there is told in words."""

    async def all_of_it() -> T:
        place = find_place(settings)
        pool = place.pool()
        try:
            return await work(Desk(place, pool, Office(pool, place.program)))
        finally:
            await pool.close()

    try:
        return asyncio.run(all_of_it())
    except ChainError as error:
        raise in_words(error) from error


def in_words(error: ChainError) -> HeadgateError:
    """Return what went wrong on chain as an error for people, by what they can do about it."""
    told = error.detail[:1].upper() + error.detail[1:]
    told = told if told.endswith(SENTENCE_END) else f"{told}."
    match error:
        case Rejected():
            return FixInput(told, "Nothing was moved. `headgate pots show POT` says how the pot stands.")
        case Unknown():
            return WaitAndRetry(told, "`headgate chain doctor` says how the endpoints are; then try again.")
        case NotConfigured():
            return FixSetup(told, "docs/how-to/keys.md says how chains and keys are set.")
        case WrongChain():
            return CallAPerson(
                told, "Nothing is sent until this is right: look at it with `headgate chain doctor`."
            )
        case _:
            return FixSetup(told, "See docs/how-to/keys.md, and `headgate chain doctor`.")
