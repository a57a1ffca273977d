"""The language of the log: envelope, facts, codec, topics; pure."""
