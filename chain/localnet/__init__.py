"""A local chain: the real Solana VM behind the JSON-RPC that clients know, durable in a file."""
