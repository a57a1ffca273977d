"""Chaos on real processes: kill, stop and move workers and brokers, then verify each cent and record."""
