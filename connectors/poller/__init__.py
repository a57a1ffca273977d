"""Reads the platforms on a schedule, and publishes what it read as pages on account-facts."""
