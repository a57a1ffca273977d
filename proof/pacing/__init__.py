"""The proof of the brain: plans, bands and control measured on real traffic, beside named baselines."""
