"""Pacing: what was spent per campaign, day and hour, and how that compares with the plan."""
