"""The model over all campaigns: learned off the hot path, and speaking through facts only."""
