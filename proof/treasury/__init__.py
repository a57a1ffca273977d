"""Proves that money moves once: a simulated world, real processes under kills, and a naive peer."""
