"""What goes wrong on the way to the chain, by what the caller does about it.

ChainError
├── Unknown        no answer, junk, a refusal that proves nothing: whatever was sent may have landed
│   ├── Behind         an endpoint has not seen yet what was asked for; another one, or later
│   └── Refused        an endpoint answered with an error, which proves nothing either
├── NotConfigured  no endpoint, or no key: visible, and nothing is sent
├── WrongChain     endpoints or accounts are not what they must be: nothing is sent until a person has looked
│   └── WrongAccount   an account is not of the kind, the owner or the layout that it must be of
├── TooBig         a transaction has more bytes than the chain takes: fewer instructions, or a lookup table
├── Rejected       the chain has refused it, or would: nothing of it has happened
│   └── NumberTaken    another movement was quicker: with the pot's next number it may
└── BadSignature   a signer did not sign, or signed something else: the key, or its program, is at fault
"""

from __future__ import annotations


class ChainError(Exception):
    """Something went wrong; `detail` is safe to show and to log."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Unknown(ChainError):  # noqa: N818 - named after what is known
    """Nothing follows from it: what was sent may have landed, what was asked is not answered."""


class Behind(Unknown):
    """The endpoint is behind what was asked for."""


class Refused(Unknown):
    """The endpoint answered with an error of this code."""

    def __init__(self, detail: str, code: int) -> None:
        super().__init__(detail)
        self.code = code


class NotConfigured(ChainError):  # noqa: N818 - named after what is the case
    """There is no endpoint or no key, so nothing can be sent."""


class WrongChain(ChainError):  # noqa: N818 - named after what is the case
    """Endpoints disagree, or an account is not what it must be."""


class WrongAccount(WrongChain):
    """An account is there, and is not what it is taken for."""


class TooBig(ChainError):  # noqa: N818 - named after what is the case
    """A transaction does not fit into a packet."""


class Rejected(ChainError):  # noqa: N818 - named after what became of it
    """The chain refuses what was asked for, so nothing of it has happened."""


class NumberTaken(Rejected):
    """Another movement was quicker and has the number, so nothing of this one has happened."""


class BadSignature(ChainError):  # noqa: N818 - named after what is the case
    """What a signer gave is no signature of what it was given."""
