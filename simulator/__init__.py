"""A deterministic world of ad platforms behind their own wire formats."""
