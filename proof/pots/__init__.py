"""Proofs of the pot program: what it costs, what it withstands, and that each of its checks is needed."""
