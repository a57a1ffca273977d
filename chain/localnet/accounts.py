"""Accounts as they stood at each of the latest slots, so that a read can be as old as its commitment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from solders.account import Account
    from solders.pubkey import Pubkey


class Accounts:
    """A base, and what each later slot has changed in it."""

    def __init__(self, base: Iterable[tuple[Pubkey, Account]] = ()) -> None:
        self._base: dict[Pubkey, Account] = {}
        self._versions: dict[Pubkey, dict[int, Account | None]] = {}
        self._changed: dict[int, dict[Pubkey, Account | None]] = {}
        # Every account that an owner has or had: whoever reads it looks at the account itself too.
        self._owned: dict[Pubkey, dict[Pubkey, None]] = {}
        for address, account in base:
            self._base[address] = account
            self._owned.setdefault(account.owner, {})[address] = None

    def at(self, address: Pubkey, slot: int) -> Account | None:
        """Return an account as it stood after a slot."""
        versions = self._versions.get(address)
        if versions is not None:
            for changed in reversed(versions):
                if changed <= slot:
                    return versions[changed]
        return self._base.get(address)

    def knows(self, address: Pubkey) -> bool:
        """Say whether there is or was such an account, at any slot that is remembered."""
        return address in self._versions or address in self._base

    def put(self, slot: int, address: Pubkey, account: Account | None) -> None:
        """Change an account in a slot, which is the newest; None: it is gone."""
        versions = self._versions.setdefault(address, {})
        versions[slot] = account
        self._changed.setdefault(slot, {})[address] = account
        if account is not None:
            self._owned.setdefault(account.owner, {})[address] = None

    def changed_in(self, slot: int) -> Mapping[Pubkey, Account | None]:
        """Return what a slot has changed, as it stood at its end."""
        return self._changed.get(slot, {})

    def drop_after(self, slot: int) -> list[Pubkey]:
        """Forget what later slots have changed, and return which accounts that were."""
        touched: dict[Pubkey, None] = {}
        for later in [changed for changed in self._changed if changed > slot]:
            for address in self._changed.pop(later):
                touched[address] = None
                self._versions[address].pop(later)
                if not self._versions[address]:
                    del self._versions[address]
        return list(touched)

    def fold(self, slot: int) -> None:
        """Make everything up to a slot the base: how it stood before can no longer be read."""
        for old in sorted(changed for changed in self._changed if changed <= slot):
            for address, account in self._changed.pop(old).items():
                self._versions[address].pop(old)
                if not self._versions[address]:
                    del self._versions[address]
                if account is None:
                    self._base.pop(address, None)
                else:
                    self._base[address] = account

    def owned_by(self, owner: Pubkey, slot: int) -> Iterator[tuple[Pubkey, Account]]:
        """Yield the accounts that a program owned after a slot."""
        for address in list(self._owned.get(owner, ())):
            account = self.at(address, slot)
            if account is not None and account.owner == owner:
                yield address, account

    def __iter__(self) -> Iterator[tuple[Pubkey, Account]]:
        """Yield every account as it stands now."""
        for address in dict.fromkeys((*self._base, *self._versions)):
            account = self.at(address, max(self._changed, default=0))
            if account is not None:
                yield address, account
