"""The platforms' edge: ports, poller, executor, and one folder a platform, the same files in each."""
