"""Who is meant by a name: a campaign, an account, a client, or everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from headgate.campaign import find
from infra.errors import FixInput, HeadgateError

if TYPE_CHECKING:
    from events.types.guard import StopScope
    from headgate.stopping.picture import Picture
    from infra.settings import Settings

SHOWN_MAX: Final = 5


class Target(Struct, frozen=True):
    """What is to stand still: accounts whole, or one campaign of one of them."""

    scope: StopScope
    called: str
    subjects: tuple[str, ...]
    campaign: str | None = None


def everything(picture: Picture) -> Target:
    """Return all accounts that were ever seen."""
    if not picture.accounts:
        raise FixInput("No account has been seen yet, so there is nothing to stop.", "Is a worker running?")
    return Target("everything", "everything", tuple(sorted(picture.accounts)))


def find_target(picture: Picture, wanted: str, settings: Settings | None = None) -> Target:
    """Return what is meant: a client or an account by its name, a campaign by its number or name."""
    of_client = tuple(sorted(one for one in picture.accounts if one.startswith(f"{wanted}/")))
    if of_client and "/" not in wanted:
        return Target("client", wanted, of_client)
    if wanted in picture.accounts:
        return Target("account", wanted, (wanted,))
    campaigns = sorted(place for place in picture.campaigns if wanted in {place[1], "/".join(place)})
    accounts = sorted(one for one in picture.accounts if wanted in one)
    if len(campaigns) + len(accounts) > 1:
        shown = [*("/".join(place) for place in campaigns), *accounts]
        raise _unclear(f"{len(shown)} accounts and campaigns are meant by {wanted}.", shown)
    if campaigns:
        subject, campaign = campaigns[0]
        return Target("campaign", f"{subject}/{campaign}", (subject,), campaign)
    if accounts:
        return Target("account", accounts[0], (accounts[0],))
    return _by_name(picture, wanted, settings)


def _by_name(picture: Picture, wanted: str, settings: Settings | None) -> Target:
    """Ask the projections for a campaign of that name; they may be away when a stop is wanted."""
    if settings is not None:
        try:
            known = find.campaign(settings, wanted)
        except HeadgateError as error:
            raise _unclear(
                f"Nothing that was seen is called {wanted}: {error.what}", picture.accounts
            ) from error
        return Target("campaign", f"{known.called} of {known.subject}", (known.subject,), known.campaign)
    raise _unclear(f"Nothing that was seen is called {wanted}.", picture.accounts)


def _unclear(what: str, known: list[str] | set[str]) -> FixInput:
    shown = sorted(known)
    more = f", and {len(shown) - SHOWN_MAX:,} more" if len(shown) > SHOWN_MAX else ""
    examples = ", ".join(shown[:SHOWN_MAX]) or "nothing yet"
    return FixInput(
        what,
        f"Name a client, an account (client/platform/account) or a campaign's number, or give "
        f"--everything: {examples}{more}.",
    )
