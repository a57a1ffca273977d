"""What all tests share: repeatable Hypothesis runs by default, `--hypothesis-profile=explore` for more."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.float_registers import freer

# Fixtures reach all tests by being here.
from tests.kafka_fixtures import kafka, three_brokers, topic_name

__all__ = ["kafka", "three_brokers", "topic_name"]

# Derandomised, so that a run says the same here and in CI; without a database, so nothing is left behind.
settings.register_profile("ci", derandomize=True, deadline=None, database=None)
settings.register_profile("explore", max_examples=1000, deadline=None, database=None)
settings.load_profile("ci")

free_float_registers = freer()


@pytest.fixture(autouse=True)
def float_registers() -> Iterator[None]:
    """Leave the processor to the next test as it was, whatever ran in this one."""
    yield
    free_float_registers()
