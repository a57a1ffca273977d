"""Chaos through the whole path: real processes, killed at any moment; each cent and command verified."""
