"""The chain through JSON-RPC: one endpoint, and the pool of several that is trusted as far as they agree."""
