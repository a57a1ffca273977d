"""What every executor of commands needs of Kafka: what is its own, and intents and outcomes, each once."""
