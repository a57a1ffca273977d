"""Decides what moves between a client's treasury and its pots, and keeps the ledger of it."""
