from pathlib import Path

import pytest

from events import topics
from events.topics import ByEnvironment

TEXT = (Path(topics.__file__).parent / "topics.yaml").read_text("utf-8")


def test_the_catalogue_is_read_once_and_names_its_topics() -> None:
    """Topics are found by name, and an unknown name says which ones there are."""
    catalogue = topics.load()
    assert topics.load() is catalogue
    assert catalogue.topic("account-facts").key == "client/platform/account"
    with pytest.raises(KeyError, match="account-decisions"):
        catalogue.topic("account-fact")


def test_numbers_differ_by_environment() -> None:
    """One machine, three brokers, a cluster: each has its own partitions, copies and needed copies."""
    found = topics.load().topic("account-facts")
    assert found.partitions == ByEnvironment(embedded=8, three_brokers=8, cluster=64)
    assert [found.replication.of(place) for place in ("embedded", "three-brokers", "cluster")] == [1, 3, 3]
    assert [found.min_insync.of(place) for place in ("embedded", "three-brokers", "cluster")] == [1, 2, 2]


def test_a_changelog_is_named_as_faust_names_it() -> None:
    """The engine and the catalogue must mean the same topic."""
    name = topics.changelog_name("headgate-account", "account-state")
    assert name == "headgate-account-account-state-changelog"
    assert topics.load().topic(name).settings["cleanup.policy"] == "compact"


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("owner: pacing", "ownerr: pacing", "ownerr"),
        ("on_unreadable: park", "on_unreadable: ignore", "ignore"),
        ("compression: zstd", "compression: best", "best"),
        ("kept: for-ever", "kept: a-week", "a-week"),
        ("partitions_like: account-facts", "partitions_like: nowhere", "nowhere"),
        ("producers: [account agent]", "producers: []", "length"),
        ("  account-decisions:", "  account.decisions:", "regex"),
        ("embedded: 8", "embedded: 0", ">= 1"),
        ("topics:", "topics: [", "topics.yaml"),
    ],
)
def test_a_mistake_in_the_file_is_named(good: str, bad: str, complaint: str) -> None:
    """Every mistake stops the reader with the word that is wrong."""
    assert good in TEXT
    with pytest.raises(ValueError, match=complaint):
        topics.parse(TEXT.replace(good, bad))
