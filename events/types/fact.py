"""The base of everything that the log can say."""

from typing import ClassVar

from msgspec import Struct


class Fact(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A thing that happened; its wire name and version are the class's own.

    Facts are immutable trees, so they cannot form cycles and the garbage collector need not look at them.
    Unknown fields are refused: a misspelt optional field must not read as its default.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int]
