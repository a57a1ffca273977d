import typing

import msgspec
import pytest

from events import registry, types
from events.types.fact import Fact


def test_no_version_is_missing() -> None:
    """Versions of a type count from 1 to the newest without a hole."""
    for type_, newest in registry.NEWEST_VERSIONS.items():
        versions = sorted(version for known, version in registry.ALL if known == type_)
        assert versions == list(range(1, newest + 1)), type_


def test_no_two_classes_share_a_type_and_version() -> None:
    """Each class of the table has its own line in it."""
    assert len(registry.ALL) == len(registry.NEWEST) + len(registry.OLD)


def test_every_fact_class_is_in_the_registry() -> None:
    """A type that somebody wrote and did not register would be unreadable on arrival."""
    assert set(Fact.__subclasses__()) == set(registry.ALL.values())
    assert {fact.__name__ for fact in registry.NEWEST} <= set(types.__all__)


def test_every_step_leads_from_its_own_class_to_the_next_version() -> None:
    """An upcaster takes the class that it is registered for, and gives the version after it."""
    for old, step in registry.OLD:
        hints = typing.get_type_hints(step)
        result = hints.pop("return")
        assert list(hints.values()) == [old]
        assert (result.TYPE, result.VERSION) == (old.TYPE, old.VERSION + 1)


@pytest.mark.parametrize("fact", list(registry.ALL.values()), ids=lambda fact: f"{fact.TYPE}.v{fact.VERSION}")
def test_facts_are_frozen_strict_and_untracked(fact: type[Fact]) -> None:
    """Every struct of the log, nested ones too, is immutable, strict, and free for the gc."""
    pending: list[object] = [msgspec.inspect.type_info(fact)]
    while pending:
        match pending.pop():
            case msgspec.inspect.StructType(cls=cls, fields=fields):
                config = cls.__struct_config__
                assert config.frozen
                assert config.forbid_unknown_fields
                assert not config.gc
                pending.extend(field.type for field in fields)
            case msgspec.inspect.VarTupleType(item_type=item):
                pending.append(item)
            case msgspec.inspect.UnionType(types=members):
                pending.extend(members)
            case leaf:
                # Bounded or an enumeration: nothing in the log may be of any size.
                assert isinstance(
                    leaf,
                    msgspec.inspect.StrType
                    | msgspec.inspect.IntType
                    | msgspec.inspect.BoolType
                    | msgspec.inspect.LiteralType
                    | msgspec.inspect.NoneType,
                )
                if isinstance(leaf, msgspec.inspect.StrType):
                    assert leaf.max_length is not None
                if isinstance(leaf, msgspec.inspect.IntType):
                    assert leaf.ge is not None
                    assert leaf.le is not None
