"""The peers that need an environment of their own, since they pin an older Kafka client."""
