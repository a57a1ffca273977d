"""The account agent's decider: pacing, and after it the guard, over the events of one account."""
