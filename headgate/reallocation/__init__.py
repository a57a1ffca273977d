"""Moves of budget between a client's campaigns: what is known, what is proposed, what comes into force."""
