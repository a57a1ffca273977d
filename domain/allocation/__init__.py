"""Moves budget between a client's channels and campaigns, from who leaves it to who does more with it."""
