"""Faust agents, and the engine that makes their effects happen exactly once."""
