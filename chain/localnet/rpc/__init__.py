"""The JSON-RPC methods of a node, by family."""
