"""A real Apache Kafka on this machine, from jars, on loopback only."""

from infra.kafka.errors import BrokerFailed, JarsMissing, JavaMissing, PortTaken
from infra.kafka.local import LocalKafka

__all__ = ["BrokerFailed", "JarsMissing", "JavaMissing", "LocalKafka", "PortTaken"]
