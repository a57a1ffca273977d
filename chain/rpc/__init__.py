"""Talks to RPC endpoints: one of them, and several with failover."""
