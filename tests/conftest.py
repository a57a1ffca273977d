"""What all tests share: repeatable Hypothesis runs by default, `--hypothesis-profile=explore` for more."""

import pytest
from hypothesis import settings

# Fixtures reach all tests by being here.
from tests.kafka_fixtures import kafka, three_brokers, topic_name

__all__ = ["kafka", "three_brokers", "topic_name"]

# Derandomised, so that a run says the same here and in CI; without a database, so nothing is left behind.
settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", max_examples=1000, deadline=None, database=None)
settings.load_profile("ci")

# RocksDB cannot be opened any more in a process in which the Solana VM has run programs: it aborts. No role
# has both; a test run has, so what opens it comes first.
ROCKSDB = frozenset({"test_engine_parts", "test_engine_faust", "test_simulation"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what must not come after tests of the chain."""
    items.sort(key=lambda item: item.path.stem not in ROCKSDB)
