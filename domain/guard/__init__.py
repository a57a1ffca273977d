"""The guard: pauses what runs away, lets it run again on its next day, and never works against a person."""
